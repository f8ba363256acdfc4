"""Every kind of join, by condition."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, "a1"), (2, "a2"), (2, "a2b"), (None, "an")], "id INT, a STRING")
b = spark.createDataFrame([(2, "b2"), (3, "b3"), (None, "bn")], "id INT, b STRING")
for how in ("inner", "left", "right", "full", "left_semi", "left_anti", "cross"):
    joined = a.join(b, a.id == b.id, how) if how != "cross" else a.crossJoin(b)
    print(how, joined.columns)
    for row in sorted(map(tuple, joined.collect()), key=str):
        print(" ", row)
