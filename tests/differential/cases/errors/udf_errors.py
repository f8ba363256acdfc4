"""Errors inside Python functions."""
# connect
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import brief
from scratch import path

spark = SparkSession.builder.getOrCreate()

@F.udf("int")
def fail(x):
    raise KeyError("missing piece")

@F.pandas_udf("long")
def wrong_length(x: pd.Series) -> pd.Series:
    return x[:1]

@F.udf("int")
def odd_type(x):
    return "text"

for name, column in (("fail", fail("id")), ("wrong_length", wrong_length("id"))):
    try:
        spark.range(3).coalesce(1).select(column).collect()
    except Exception as error:
        print(name, brief(error), "missing piece" in str(error))
try:
    print(spark.range(2).select(odd_type("id").alias("x")).collect())
except Exception as error:
    print(brief(error))
