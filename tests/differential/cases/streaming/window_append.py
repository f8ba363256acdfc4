"""Tumbling windows in append mode: a window comes out when the watermark has passed its end."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:10,1", "2024-01-01 10:00:50,2", "2024-01-01 10:01:10,3")
write("in/b.csv", "2024-01-01 10:05:00,4")
write("in/c.csv", "2024-01-01 10:09:00,5")
df = spark.readStream.schema("at TIMESTAMP, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
sums = df.withWatermark("at", "1 minute").groupBy(F.window("at", "1 minute")).agg(F.sum("v").alias("total"), F.count("*").alias("n"))

def show(batch, batch_id):
    print("batch", batch_id)
    batch.orderBy("window").show(truncate=False)

query = sums.writeStream.outputMode("append").foreachBatch(show).start()
query.processAllAvailable()
query.stop()
