"""Sorting a stream is refused, except after an aggregate in complete mode."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
outcome(lambda: df.orderBy("value").writeStream.format("noop").start(), without=["plan"])
outcome(lambda: df.groupBy("value").count().orderBy("count").writeStream.outputMode("update").format("noop").start(), without=["plan"])
outcome(lambda: df.groupBy("value").count().orderBy("count").writeStream.outputMode("complete").format("noop").trigger(availableNow=True).start().awaitTermination())
