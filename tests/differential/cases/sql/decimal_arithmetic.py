"""Precision and scale of decimal results."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
1.10 + 2.2
1.10 - 2.2
1.10 * 2.20
1.10 / 3.0
10.0 / 4
1 / 3.0
1.5 % 0.4
1.5 div 0.4
1.10 + 1
1.10 + 1L
1.10 * 2
1.1 + 1.1D
-1.50
abs(-1.50)
cast(1 AS DECIMAL(38, 18)) * cast(1 AS DECIMAL(38, 18))
cast(1 AS DECIMAL(38, 10)) / cast(3 AS DECIMAL(38, 10))
cast(1 AS DECIMAL(20, 0)) + cast(1 AS DECIMAL(20, 10))
cast(99999999999999999999999999999999999999 AS DECIMAL(38, 0)) + 1
cast(99999999999999999999999999999999999999 AS DECIMAL(38, 0)) * 10
1.0 / 0
round(2.5)
round(-2.5)
round(1.2345, 2)
round(1234.5, -2)
bround(2.5)
bround(3.5)
bround(1.25, 1)
ceil(1.1)
floor(-1.1)
ceil(1.234, 2)
floor(1.239, 2)
""")
