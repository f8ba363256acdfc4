"""The noop sink runs the batches and keeps nothing."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "one", "two")
query = spark.readStream.text(path("in")).writeStream.format("noop").trigger(availableNow=True).start()
query.awaitTermination()
progress = query.lastProgress
print(progress["batchId"], progress["numInputRows"], [p["numInputRows"] for p in query.recentProgress])
