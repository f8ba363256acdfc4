"""A query that still runs when its session is stopped."""
# isolated
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
query = spark.readStream.text(path("in")).writeStream.format("text").option("checkpointLocation", path("cp")).start(path("out"))
query.processAllAvailable()
print(len([f for f in files("out") if f.startswith("part-")]))
spark.stop()
spark = SparkSession.builder.getOrCreate()
print(spark.read.text(path("out")).collect(), spark.streams.active)
spark.stop()
