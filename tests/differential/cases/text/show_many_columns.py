"""A wide table, and names longer than values."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.range(2).selectExpr(*[f"id + {i} AS column_with_a_rather_long_name_{i}" for i in range(8)])
df.show()
df.show(1, truncate=5, vertical=True)
spark.range(25).show()
spark.range(25).selectExpr("id", "concat('row ', id) AS text").show(22, truncate=3)
