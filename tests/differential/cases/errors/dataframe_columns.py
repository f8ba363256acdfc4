"""Columns taken from a DataFrame: it must be part of the query, and its column still there."""
# connect
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
left = spark.createDataFrame([(1, 2, 3)], "a INT, b INT, c INT")
right = spark.createDataFrame([(2, 0)], "a INT, b INT")

print("of another DataFrame")
outcome(lambda: left.select(right.a).schema)
outcome(lambda: left.filter(right.a > 1).schema)
outcome(lambda: right.withColumn("x", left.a + 1).schema)
outcome(lambda: left.select(right["*"]).schema)

print("gone")
outcome(lambda: left.select(left.a).select(left.b).schema)
outcome(lambda: left.select(left.a).select(left["*"]).schema)
outcome(lambda: left.groupBy("a").agg(F.sum("b")).select(left.c).schema)

print("replaced")
replaced = left.withColumn("a", F.lit(0))
outcome(lambda: replaced.select(left.a).schema)
outcome(lambda: replaced.select(left["*"]).schema)
print(replaced.select(left.b, replaced.a).collect())

print("there twice")
outcome(lambda: left.join(left).select(left["a"]).schema)
outcome(lambda: left.join(left).select(left["*"]).schema)

print("still there")
joined = left.join(right, left.b == right.a)
print(joined.select(right["*"], left.c).collect())
print(left.groupBy("a").agg(F.sum("b")).select(left.a).collect())
print(left.select("a", "b").sort(left.c).select(left["a"]).collect())
twice = spark.createDataFrame([(1,), (3,), (2,)], "a INT")
print(twice.select((-twice.a).alias("a")).sort(twice.a).collect())
print(twice.select((-twice.a).alias("a")).sort("a").collect())
kept = left.filter(left.a == 1).cache()
print(kept.select(kept.b, kept["*"]).collect())

print("only where a table is partitioned")
outcome(lambda: left.select(F.partitioning.years("a")).collect(), without=["expression"])
outcome(lambda: left.select(F.partitioning.bucket(4, "a")).collect(), without=["expression"])
