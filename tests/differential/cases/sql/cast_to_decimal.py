"""Casts to decimal: rounding, overflow, text."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
cast('12.345' AS DECIMAL(5, 2))
cast('12.355' AS DECIMAL(5, 2))
cast(1.005 AS DECIMAL(3, 2))
cast(-1.005 AS DECIMAL(3, 2))
cast(12345 AS DECIMAL(4, 0))
cast('1e3' AS DECIMAL(10, 1))
cast(' 7 ' AS DECIMAL(3, 1))
cast('x' AS DECIMAL(3, 1))
cast(1.23456789D AS DECIMAL(10, 4))
cast(true AS DECIMAL(3, 1))
cast(0.1F AS DECIMAL(10, 8))
cast(1 AS DECIMAL)
cast(1 AS DECIMAL(39, 1))
cast(1 AS DECIMAL(3, 5))
cast(99999999999999999999999999999999999999 AS DECIMAL(38, 0))
""")
