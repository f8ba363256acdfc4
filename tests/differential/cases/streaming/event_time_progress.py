"""The event time part of the progress: max, min, avg and the watermark of the batch before."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:00", "2024-01-01 10:00:10")
write("in/b.csv", "2024-01-01 10:01:00", "2024-01-01 10:03:00")
df = spark.readStream.schema("at TIMESTAMP").option("maxFilesPerTrigger", 1).csv(path("in"))
counts = df.withWatermark("at", "30 seconds").groupBy(F.window("at", "1 minute")).count()
query = counts.writeStream.outputMode("append").format("noop").start()
query.processAllAvailable()
query.stop()
for p in query.recentProgress:
    print(p["batchId"], p["numInputRows"], dict(sorted(p["eventTime"].items())))
