"""Observed metrics of a stream are in its progress."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2")
write("in/b.csv", "30")
df = spark.readStream.schema("v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
watched = df.observe("stats", F.count("*").alias("rows"), F.max("v").alias("largest"))
query = watched.writeStream.format("noop").trigger(availableNow=True).start()
query.awaitTermination()
print(sorted(query.lastProgress["observedMetrics"]), [len(p["observedMetrics"]) for p in query.recentProgress])
