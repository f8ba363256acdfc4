"""DESCRIBE FUNCTION names the function; SHOW FUNCTIONS lists it."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
rows = [r[0] for r in spark.sql("DESCRIBE FUNCTION upper").collect()]
print(rows[0], any("Usage" in r for r in rows))
print(spark.sql("SHOW FUNCTIONS LIKE 'array_con*'").collect())
