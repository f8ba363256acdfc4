"""Rows behind the watermark are dropped and counted."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:10,1")
df = spark.readStream.schema("at TIMESTAMP, v INT").csv(path("in"))
sums = df.withWatermark("at", "5 minutes").groupBy(F.window("at", "10 minutes")).agg(F.sum("v").alias("total"))
query = sums.writeStream.outputMode("update").format("memory").queryName("out").start()
query.processAllAvailable()
write("in/b.csv", "2024-01-01 10:30:00,2")
query.processAllAvailable()
write("in/c.csv", "2024-01-01 10:01:00,4", "2024-01-01 10:26:00,8", "2024-01-01 09:59:00,16")
query.processAllAvailable()
query.stop()
spark.table("out").orderBy("window", "total").show(truncate=False)
for p in query.recentProgress:
    state = p["stateOperators"][0]
    print(p["batchId"], p["eventTime"].get("watermark"), state["numRowsTotal"], state["numRowsUpdated"], state["numRowsDroppedByWatermark"], state["numRowsRemoved"])
