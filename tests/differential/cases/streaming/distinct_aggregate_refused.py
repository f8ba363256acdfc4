"""Distinct aggregates are refused on streams."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,2")
df = spark.readStream.schema("a INT, b INT").csv(path("in"))
outcome(lambda: df.groupBy("a").agg(F.countDistinct("b")).writeStream.outputMode("update").format("noop").start(), without=["plan"])
outcome(lambda: df.agg(F.sum_distinct("b")).writeStream.outputMode("complete").format("noop").start(), without=["plan"])
