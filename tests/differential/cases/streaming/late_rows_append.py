"""Late rows in append mode: those within the watermark count, older ones do not."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:10,1", "2024-01-01 10:12:00,2")
write("in/b.csv", "2024-01-01 10:00:20,10", "2024-01-01 10:25:00,20")
write("in/c.csv", "2024-01-01 10:00:30,100", "2024-01-01 10:14:00,200")
write("in/d.csv", "2024-01-01 11:00:00,1000")
df = spark.readStream.schema("at TIMESTAMP, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
sums = df.withWatermark("at", "10 minutes").groupBy(F.window("at", "5 minutes")).agg(F.sum("v").alias("total"))

def show(batch, batch_id):
    print("batch", batch_id, sorted((str(r.window.start), r.total) for r in batch.collect()))

query = sums.writeStream.outputMode("append").foreachBatch(show).start()
query.processAllAvailable()
query.stop()
