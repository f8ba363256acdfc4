"""Collated strings."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark.sql("SELECT 'a' COLLATE UTF8_LCASE = 'A', 'a' = 'A', collation('x' COLLATE UNICODE)").first())
df = spark.sql("SELECT s COLLATE UTF8_LCASE AS s FROM VALUES ('b'), ('B'), ('a') AS t(s)")
df.groupBy("s").count().selectExpr("lower(s) AS s", "count").orderBy("s").show()
