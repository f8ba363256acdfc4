"""pandas UDFs as aggregates, in groups and windows."""
import pandas as pd
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1.0), ("a", 3.0), ("b", 10.0), ("b", None)], "k STRING, v DOUBLE")

@F.pandas_udf("double")
def spread(v: pd.Series) -> float:
    return v.max() - v.min()

@F.pandas_udf("long")
def rows(v: pd.Series) -> int:
    return len(v)

df.groupBy("k").agg(spread("v").alias("s"), rows("v").alias("n")).orderBy("k").show()
df.agg(spread("v")).show()
df.withColumn("s", spread("v").over(Window.partitionBy("k"))).orderBy("k", "v").show()
