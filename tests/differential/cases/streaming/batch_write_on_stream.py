"""The batch writer on a stream, and the stream writer on a batch DataFrame."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
outcome(lambda: df.write.parquet(path("out")))
outcome(lambda: df.write.saveAsTable("t"))
outcome(lambda: spark.range(3).writeStream.format("noop").start())
