"""What UDFs of every kind get for nulls."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES (1, 1, 1.5D, 'a', DATE '2024-01-01', array(1, NULL)), (2, NULL, NULL, NULL, NULL, NULL) AS t(id, i, d, s, day, xs)")
kind = F.udf(lambda v: type(v).__name__, "string")
print([tuple(r) for r in df.orderBy("id").select(*[kind(c) for c in ("i", "d", "s", "day", "xs")]).collect()])

@F.pandas_udf("string")
def missing(v: pd.Series) -> pd.Series:
    return v.isna().astype(str) + " " + str(v.dtype)

df = df.orderBy("id").coalesce(1)
print([tuple(r) for r in df.select(*[missing(c) for c in ("i", "d", "s", "day")]).collect()])
