"""Casts to integers, with ANSI errors."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
cast('12' AS INT)
cast(' 12 ' AS INT)
cast('+7' AS INT)
cast('1.9' AS INT)
cast('1e2' AS INT)
cast('' AS INT)
cast('abc' AS INT)
cast('99999999999' AS INT)
cast(1.9 AS INT)
cast(-1.9D AS INT)
cast(true AS INT)
cast(NULL AS INT)
cast(300 AS TINYINT)
cast(40000 AS SMALLINT)
cast(3000000000 AS INT)
cast(cast('NaN' AS DOUBLE) AS INT)
cast(1e20D AS BIGINT)
cast(TIMESTAMP '1970-01-01 00:00:10.9' AS BIGINT)
cast(DATE '2024-01-01' AS INT)
cast(INTERVAL '5' DAY AS INT)
cast(X'01' AS INT)
""")
