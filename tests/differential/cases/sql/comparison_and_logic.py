"""Comparison with nulls, three-valued logic, between, in."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
1 = 1.0
1 = '1'
'a' < 'B'
NULL = NULL
NULL <=> NULL
1 <=> NULL
1 <> 2
1 != 1
true AND NULL
false AND NULL
true OR NULL
NOT NULL
3 BETWEEN 1 AND 5
3 NOT BETWEEN 1 AND NULL
2 IN (1, 2, NULL)
3 IN (1, 2, NULL)
3 NOT IN (1, 2)
NULL IS NULL
1 IS NOT NULL
true IS TRUE
NULL IS NOT TRUE
1 IS DISTINCT FROM NULL
NULL IS NOT DISTINCT FROM NULL
array(1, 2) = array(1, 2)
array(1, 2) < array(1, 3)
named_struct('a', 1) = named_struct('a', 1)
map('a', 1) = map('a', 1)
true = 1
'2024-01-01' < DATE '2024-01-02'
1 = 'x'
xor(true, false)
""")
