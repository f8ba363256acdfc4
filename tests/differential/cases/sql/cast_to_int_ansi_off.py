"""Casts to integers with ANSI off: null or wrapped."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.ansi.enabled", "false")
evaluate(spark, """
cast('12' AS INT)
cast('1.9' AS INT)
cast('1e2' AS INT)
cast('abc' AS INT)
cast('99999999999' AS INT)
cast(300 AS TINYINT)
cast(3000000000 AS INT)
cast(cast('NaN' AS DOUBLE) AS INT)
cast(1e20D AS BIGINT)
cast(1e20D AS INT)
cast('x' AS BOOLEAN)
cast('2024-13-01' AS DATE)
cast('x' AS DOUBLE)
cast('12345.678' AS DECIMAL(5, 2))
1 / 0
1 % 0
2147483647 + 1
-9223372036854775808 - 1
'3' + 4
element_at(array(1), 5)
array(1)[3]
abs(-128Y)
""")
