"""Counts, minima and maxima of parquet files."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.range(100).selectExpr("id", "if(id = 3, cast('NaN' AS DOUBLE), id / 2) AS d", "cast(NULL AS INT) AS n").write.parquet(path("p"))
df = spark.read.parquet(path("p"))
print(df.count(), df.selectExpr("min(id)", "max(id)", "max(d)", "min(d)", "count(n)", "min(n)").first())
print(df.select().count(), df.limit(3).count(), df.where("false").count(), df.select("d").where("d > 49").sort("d").collect())
