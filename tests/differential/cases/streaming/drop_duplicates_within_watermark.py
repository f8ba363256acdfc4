"""dropDuplicatesWithinWatermark forgets a key once the watermark has passed its first row's time and delay."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:00,x", "2024-01-01 10:00:05,x", "2024-01-01 10:00:00,y")
write("in/b.csv", "2024-01-01 10:05:00,x", "2024-01-01 10:30:00,w")
write("in/c.csv", "2024-01-01 10:31:00,x", "2024-01-01 10:31:00,w")
df = spark.readStream.schema("at TIMESTAMP, k STRING").option("maxFilesPerTrigger", 1).csv(path("in"))
unique = df.withWatermark("at", "10 minutes").dropDuplicatesWithinWatermark(["k"])
query = unique.writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
query.stop()
spark.table("out").orderBy("at", "k").show()
print(query.lastProgress["stateOperators"][0]["operatorName"])
