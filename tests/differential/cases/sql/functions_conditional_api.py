"""Conditional and null functions of pyspark.sql.functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, None, "x"), (None, 2, "y")], "a INT, b INT, s STRING")
rows = df.select("s", F.coalesce("a", "b").alias("c"), F.ifnull("a", F.lit(0)).alias("i"), F.nvl2("a", F.lit("set"), F.lit("unset")).alias("n2"), F.nullif("s", F.lit("x")).alias("nf"), F.isnull("a").alias("isn"), F.equal_null("a", "b").alias("en"), F.zeroifnull("b").alias("z")).orderBy("s")
rows.show()
df.select(F.when(F.col("a") == 1, F.lit("one")).when(F.col("b") == 2, F.lit("two")).alias("w"), F.expr("CASE s WHEN 'x' THEN 1 ELSE 0 END AS e")).orderBy("w").show()
