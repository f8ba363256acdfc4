"""Casts to boolean and binary."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
cast('true' AS BOOLEAN)
cast('T' AS BOOLEAN)
cast('yes' AS BOOLEAN)
cast('Y' AS BOOLEAN)
cast('1' AS BOOLEAN)
cast('no' AS BOOLEAN)
cast('0' AS BOOLEAN)
cast('on' AS BOOLEAN)
cast(' true ' AS BOOLEAN)
cast(2 AS BOOLEAN)
cast(0.0 AS BOOLEAN)
cast('ABC' AS BINARY)
cast(1 AS BINARY)
cast(DATE '2024-01-01' AS BOOLEAN)
""")
