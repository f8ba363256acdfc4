"""A watermark without a stateful step drops nothing."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:00,1")
write("in/b.csv", "2023-01-01 10:00:00,2")
df = spark.readStream.schema("at TIMESTAMP, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
query = df.withWatermark("at", "1 second").writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("v").show()
