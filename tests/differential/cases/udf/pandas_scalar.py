"""pandas UDFs: Series to Series, several columns, structs."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, 2.0, "a"), (3, 4.0, "b"), (5, None, None)], "i INT, d DOUBLE, s STRING")

@F.pandas_udf("double")
def add(a: pd.Series, b: pd.Series) -> pd.Series:
    return a + b

@F.pandas_udf("string")
def upper(s: pd.Series) -> pd.Series:
    return s.str.upper()

@F.pandas_udf("struct<x: int, y: double>")
def pair(i: pd.Series, d: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"x": i, "y": d})

@F.pandas_udf("int")
def from_struct(st: pd.DataFrame) -> pd.Series:
    return st["x"] * 100

df.select("i", add("i", "d"), upper("s"), pair("i", "d").alias("p"), from_struct(pair("i", "d")).alias("q")).orderBy("i").show()
