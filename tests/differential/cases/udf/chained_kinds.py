"""Python and pandas UDFs of different kinds in one projection and one after the other."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
plain = F.udf(lambda i: i + 1, "bigint")

@F.pandas_udf("bigint")
def vector(i: pd.Series) -> pd.Series:
    return i * 10

df = spark.range(3)
df.select("id", plain("id").alias("p"), vector("id").alias("v"), vector(plain("id")).alias("vp"), plain(vector("id")).alias("pv"), (plain("id") + vector("id")).alias("sum")).orderBy("id").show()
df.withColumn("a", plain("id")).where(F.col("a") > 1).withColumn("b", vector("a")).groupBy().agg(F.sum("b")).show()
