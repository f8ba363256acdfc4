"""Doubles and floats: NaN, infinity, negative zero."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
1.5D + 1
0.1D + 0.2D
1.0F / 3
1D / 0
0D / 0D
try_divide(1D, 0)
cast('NaN' AS DOUBLE) = cast('NaN' AS DOUBLE)
cast('NaN' AS DOUBLE) > cast('Infinity' AS DOUBLE)
0.0D = -0.0D
isnan(cast('NaN' AS DOUBLE))
nanvl(cast('NaN' AS DOUBLE), 5.0D)
double('inf')
float('-infinity')
1e308D * 10
5.5D % 2
-5.5D % 2
pmod(-5.5D, 2)
cast(1.1F AS DOUBLE)
1.1F = 1.1D
""")
