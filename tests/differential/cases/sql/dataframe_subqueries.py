"""Subqueries through the DataFrame API: scalar, exists, lateral join."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, 10), (2, 20), (3, 30)], "id INT, v INT")
b = spark.createDataFrame([(1, "x"), (1, "y"), (3, "z")], "key INT, s STRING")
a.where(a.v > a.select(F.avg("v")).scalar()).orderBy("id").show()
a.where(b.where(F.col("key") == F.col("id").outer()).exists()).orderBy("id").show()
a.select("id", b.where(F.col("key") == F.col("id").outer()).select(F.count("*")).scalar().alias("n")).orderBy("id").show()
a.alias("a").lateralJoin(b.where(F.col("key") == F.col("a.id").outer()).select("s")).orderBy("id", "s").show()
a.where(F.col("id").isin(b.select("key"))).orderBy("id").show()
