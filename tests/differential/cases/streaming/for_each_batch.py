"""foreachBatch sees variables of the driver and the batch as an ordinary DataFrame."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,10", "2,20")
write("in/b.csv", "3,30")
df = spark.readStream.schema("id INT, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
seen = []

def collect(batch, batch_id):
    seen.append((batch_id, batch.count(), batch.agg({"v": "sum"}).first()[0], batch.isStreaming))

df.writeStream.foreachBatch(collect).trigger(availableNow=True).start().awaitTermination()
print(seen)
