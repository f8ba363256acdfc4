"""Implicit casts in comparisons, functions and set operations."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
'10' > 9
'10' > '9'
1 = 1L
1 = 1.0D
DATE '2024-01-01' = '2024-01-01'
DATE '2024-01-01' < TIMESTAMP '2024-01-01 00:00:01'
concat(1, 2.5, true, DATE '2024-01-01')
upper(5)
length(12345)
substring(12345, 2, 2)
sqrt('4')
round('2.5')
'5' * '2'
'5' / 2
5 || 'x'
date_add('2024-01-01', '3')
year('2024-05-06')
if(true, 1, 2L)
array(1, 2L, 3.5)
greatest(1, 2.5D)
least('a', 'B')
sum('5')
avg('4')
max(array(1, 2))
1 IN ('1', '2')
'a' IN (1)
map('a', 1, 'b', 2.5)
named_struct('a', 1).a + '1'
nvl('x', 1)
hex('10')
abs('-5')
- '5'
""")
