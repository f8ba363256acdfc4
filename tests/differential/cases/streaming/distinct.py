"""distinct() over a projection of a stream."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "a b a")
write("in/b.txt", "b c")
words = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in")).select(F.explode(F.split("value", " ")).alias("w")).distinct()

def show(batch, batch_id):
    print(batch_id, sorted(r.w for r in batch.collect()))

words.writeStream.outputMode("update").foreachBatch(show).trigger(availableNow=True).start().awaitTermination()
