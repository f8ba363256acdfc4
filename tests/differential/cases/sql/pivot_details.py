"""Pivots on dates, numbers and nulls; several aggregates; values that do not occur."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES ('a', DATE '2024-01-01', 1.5, true), ('a', DATE '2024-02-01', 2.5, NULL), ('b', NULL, 3.5, false), (NULL, DATE '2024-01-01', 4.5, true) AS t(k, d, v, b)")
df.groupBy("k").pivot("d").agg(F.sum("v")).orderBy("k").show()
df.groupBy("k").pivot("b").agg(F.count("k"), F.max("v").alias("top")).orderBy("k").show()
df.groupBy(F.year("d").alias("y")).pivot("v", [1.5, 9.9]).count().orderBy("y").show()
df.groupBy().pivot("k").agg(F.first("v")).show()
