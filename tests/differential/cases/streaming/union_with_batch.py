"""A stream cannot be united with a batch DataFrame."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1")
df = spark.readStream.schema("id LONG").csv(path("in"))
outcome(lambda: df.union(spark.range(3)).writeStream.format("noop").start(), without=["plan"])
outcome(lambda: df.intersect(spark.range(3)).writeStream.format("noop").start(), without=["plan"])
outcome(lambda: df.exceptAll(spark.range(3)).writeStream.format("noop").start(), without=["plan"])
outcome(lambda: spark.range(3).subtract(df).writeStream.format("noop").start(), without=["plan"])
