"""foreachBatch in update mode: the changed groups of each batch."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x", "y", "x")
write("in/b.txt", "y")
write("in/c.txt", "z", "x")
counts = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in")).groupBy("value").count()
result = {}

def upsert(batch, batch_id):
    changed = {r["value"]: r["count"] for r in batch.collect()}
    print(batch_id, sorted(changed.items()))
    result.update(changed)

counts.writeStream.outputMode("update").foreachBatch(upsert).trigger(availableNow=True).start().awaitTermination()
print(sorted(result.items()))
