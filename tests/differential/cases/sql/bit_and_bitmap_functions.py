"""Bit functions and bitmaps."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
5 & 3
5 | 3
5 ^ 3
~0
1 << 4
-16 >> 2
-16 >>> 28
shiftleft(1L, 40)
bit_count(-1)
bit_count(true)
bitmap_bit_position(123)
bitmap_bucket_number(123)
hex(-1)
bin(-5)
conv('zz', 36, 10)
conv('-10', 16, -10)
""")
