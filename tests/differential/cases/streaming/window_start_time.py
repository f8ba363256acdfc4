"""Windows that do not start on the hour, grouped with a key besides."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:10,a", "2024-01-01 10:16:00,a", "2024-01-01 10:16:30,b", "2024-01-01 10:59:00,a")
df = spark.readStream.schema("at TIMESTAMP, k STRING").csv(path("in"))
counts = df.groupBy(F.window("at", "1 hour", startTime="15 minutes"), "k").count()
query = counts.writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").select("window.start", "window.end", "k", "count").orderBy("start", "k").show(truncate=False)
