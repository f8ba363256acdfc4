"""cogroup and applyInPandas over two DataFrames."""
import pandas as pd
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, 1.0), (2, 2.0), (2, 2.5)], "id INT, v DOUBLE")
b = spark.createDataFrame([(2, "x"), (3, "y")], "id INT, s STRING")

def merge(left, right):
    return pd.DataFrame({"n": [len(left)], "m": [len(right)], "sum": [float(left.v.sum())], "texts": ["".join(right.s)]})

def with_key(key, left, right):
    return pd.DataFrame({"id": [key[0]], "n": [len(left) + len(right)]})

a.groupBy("id").cogroup(b.groupBy("id")).applyInPandas(merge, "n LONG, m LONG, sum DOUBLE, texts STRING").orderBy("n", "m", "texts").show()
a.groupBy("id").cogroup(b.groupBy("id")).applyInPandas(with_key, "id INT, n LONG").orderBy("id").show()
