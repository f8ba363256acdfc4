"""Casts of text and numbers to dates and timestamps."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
cast('2024-1-2' AS DATE)
cast(' 2024-01-02 ' AS DATE)
cast('2024-01-02 10:00:00' AS DATE)
cast('2024-01' AS DATE)
cast('20240102' AS DATE)
cast('2024-02-30' AS DATE)
cast('2024/01/02' AS DATE)
cast('2024-01-02 3:4:5' AS TIMESTAMP)
cast('2024-01-02 03:04:05.123456789' AS TIMESTAMP)
cast('2024-01-02T03:04:05+01:00' AS TIMESTAMP)
cast('2024-01-02 03:04' AS TIMESTAMP)
cast('03:04:05' AS TIMESTAMP_NTZ)
cast('2024-01-02 25:00:00' AS TIMESTAMP)
cast(0 AS TIMESTAMP)
cast(1.5D AS TIMESTAMP)
cast(1700000000 AS TIMESTAMP)
cast(TIMESTAMP '2024-01-02 23:59:59' AS DATE)
cast(DATE '2024-01-02' AS TIMESTAMP)
cast(1 AS DATE)
cast(TIMESTAMP_NTZ '2024-01-02 03:04:05' AS TIMESTAMP)
cast(TIMESTAMP '2024-01-02 03:04:05' AS TIMESTAMP_NTZ)
""")
