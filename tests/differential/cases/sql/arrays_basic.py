"""Array functions: access, size, membership."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
array(1, 2, 3)
array()
array(1, NULL, 2.5)
array(1, 'a')
array(1, 2)[0]
array(1, 2)[5]
array(1, 2)[-1]
element_at(array(1, 2, 3), 2)
element_at(array(1, 2, 3), -1)
element_at(array(1, 2, 3), 0)
element_at(array(1, 2, 3), 9)
get(array(1, 2, 3), 9)
size(array(1, 2))
size(NULL)
cardinality(array(1))
array_size(NULL)
array_contains(array(1, 2), 2)
array_contains(array(1, NULL), 3)
array_position(array('a', 'b', 'b'), 'b')
array_position(array('a'), 'z')
array_max(array(1, 5, NULL))
array_min(array(3, 1, NULL))
array_join(array('a', NULL, 'c'), '-')
array_join(array('a', NULL, 'c'), '-', '?')
array_contains(array(1, 2), 'x')
""")
