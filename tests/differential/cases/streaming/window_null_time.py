"""Rows without an event time are in no window."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:10,1", ",2", "2024-01-01 10:00:20,3")
df = spark.readStream.schema("at TIMESTAMP, v INT").csv(path("in"))
sums = df.groupBy(F.window("at", "1 minute")).agg(F.sum("v").alias("total"))
sums.writeStream.outputMode("complete").format("console").option("truncate", False).trigger(availableNow=True).start().awaitTermination()
