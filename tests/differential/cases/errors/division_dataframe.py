"""Arithmetic errors through columns, and the try_ functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, 0), (6, 3)], ["a", "b"])
outcome(lambda: df.select(df.a / df.b).collect())
outcome(lambda: df.select(df.a % df.b).collect())
print(df.select(F.try_divide("a", "b").alias("q")).collect())
spark.conf.set("spark.sql.ansi.enabled", False)
print(df.select((df.a / df.b).alias("q"), (df.a % df.b).alias("m")).collect())
