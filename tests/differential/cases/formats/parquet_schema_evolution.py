"""Parquet files of several schemas under one given schema."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT 1 AS id, 'a' AS s").write.parquet(path("p"))
spark.sql("SELECT 2L AS id, 'b' AS s, 1.5D AS extra").write.mode("append").parquet(path("q"))
spark.sql("SELECT 'c' AS s, 3 AS ID").write.mode("append").parquet(path("p"))
print(sorted(map(tuple, spark.read.parquet(path("p")).select("s", "id").collect())))
print(spark.read.schema("id BIGINT, s STRING, extra DOUBLE").parquet(path("p"), path("q")).orderBy("id").collect())
print(sorted((name.lower(), kind) for name, kind in spark.read.option("mergeSchema", True).parquet(path("p")).dtypes))
