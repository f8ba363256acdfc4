"""Integer arithmetic: types, division, remainders, overflow."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
1 + 2
1Y + 2Y
1S + 1
1 + 1L
7 / 2
7 div 2
-7 div 2
7L div 2
-7 % 3
7 % -3
mod(-7, 3)
pmod(-7, 3)
pmod(7, -3)
2147483647 + 1
-2147483648 - 1
2147483647 * 2
9223372036854775807 + 1
127Y + 1Y
-(-128Y)
abs(-2147483648)
1 / 0
1 div 0
1 % 0
- 5
+ 5
~ 5
5 & 6
5 | 6
5 ^ 6
1 + '2'
1 + 'x'
1 + NULL
""")
