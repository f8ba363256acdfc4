"""Files much older than the youngest are not read once the query runs."""
import os
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "first")
df = spark.readStream.option("maxFileAge", "1d").text(path("in"))
query = df.writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
old = write("tmp/old.txt", "too old")
os.utime(old, (1_600_000_000, 1_600_000_000))
os.rename(old, path("in/old.txt"))
write("in/new.txt", "new")
query.processAllAvailable()
query.stop()
spark.table("out").orderBy("value").show()
