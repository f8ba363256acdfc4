"""try_add and its family."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
try_add(1, 2)
try_add(2147483647, 1)
try_add(DATE '2024-01-31', INTERVAL 1 MONTH)
try_subtract(-2147483648, 1)
try_multiply(2147483647, 2)
try_divide(1, 0)
try_divide(7, 2)
try_mod(7, 0)
try_mod(7, 4)
try_sum(col) FROM VALUES (1), (2) AS t(col) --
try_avg(col) FROM VALUES (1), (4) AS t(col) --
try_to_number('12.5', '99.9')
try_to_number('x', '99.9')
try_element_at(array(1, 2), 5)
try_element_at(map('a', 1), 'b')
try_to_timestamp('2024-01-01')
try_to_timestamp('x')
try_to_binary('zz', 'hex')
try_parse_url('http://a/b?c=d', 'QUERY')
""")
