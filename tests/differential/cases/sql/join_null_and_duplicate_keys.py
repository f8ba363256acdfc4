"""Joins over keys that are null, repeated or absent on one side."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, "a"), (1, "b"), (None, "c"), (4, "d")], "k INT, x STRING")
b = spark.createDataFrame([(1, "p"), (1, "q"), (None, "r"), (5, "s")], "k INT, y STRING")
empty = b.limit(0)
for how in ("inner", "left", "right", "full", "left_semi", "left_anti"):
    print(how, sorted(map(tuple, a.join(b, "k", how).collect()), key=str))
    print(how, "empty right", sorted(map(tuple, a.join(empty, "k", how).collect()), key=str))
    print(how, "empty left", sorted(map(tuple, a.limit(0).join(b, "k", how).collect()), key=str))
