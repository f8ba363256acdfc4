"""Numeric literals and their types."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
1
-1
2147483648
9223372036854775807
9223372036854775808
1Y
1S
1L
1.5
-0.0
1.50
1e3
1.5D
1.5F
1.5BD
.5
5.
128Y
1e400
0x1F
""")
