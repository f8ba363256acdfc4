"""when and otherwise on columns, with nulls and nesting."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1,), (5,), (None,), (10,)], "v INT")
df.select(
    "v",
    F.when(df.v > 7, "high").when(df.v > 3, "mid").otherwise("low").alias("level"),
    F.when(df.v.isNull(), 0).otherwise(df.v * 2).alias("twice"),
    F.when(df.v == 1, F.lit(None)).alias("nothing"),
    F.coalesce(df.v, F.lit(-1)).alias("filled"),
    df.v.between(2, 7).alias("between"),
    df.v.isin(1, 10).alias("isin"),
    df.v.eqNullSafe(None).alias("null_safe"),
).show()
