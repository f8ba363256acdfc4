"""A filter and a projection after the aggregate, in update mode."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "a b a")
write("in/b.txt", "b b c")
words = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in")).select(F.explode(F.split("value", " ")).alias("w"))
often = words.groupBy("w").count().where("count > 1").select(F.concat("w", F.lit("!")).alias("word"), "count")

def show(batch, batch_id):
    print("batch", batch_id, sorted(tuple(r) for r in batch.collect()))

often.writeStream.outputMode("update").foreachBatch(show).trigger(availableNow=True).start().awaitTermination()
