"""Sliding windows: a row falls into several."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:10,1", "2024-01-01 10:07:00,2")
df = spark.readStream.schema("at TIMESTAMP, v INT").csv(path("in"))
sums = df.groupBy(F.window("at", "10 minutes", "5 minutes")).agg(F.sum("v").alias("total"))
query = sums.writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("window").show(truncate=False)
spark.table("out").printSchema()
