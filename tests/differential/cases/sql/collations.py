"""Collated strings."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark.sql("SELECT 'a' COLLATE UTF8_LCASE = 'A', 'a' = 'A', collation('x' COLLATE UNICODE)").first())
df = spark.sql("SELECT * FROM VALUES ('b' COLLATE UTF8_LCASE), ('B'), ('a') AS t(s)")
df.groupBy("s").count().selectExpr("lower(s) AS s", "count").orderBy("s").show()
