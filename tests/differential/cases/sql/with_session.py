"""A session as a context manager; use after the end is an error."""
# isolated
from pyspark.sql import SparkSession

with SparkSession.builder.getOrCreate() as spark:
    print(spark.range(3).count())
try:
    spark.range(1).count()
    print("still there")
except Exception:
    print("stopped")
