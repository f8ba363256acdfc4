"""Map functions."""
# connect
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
map('a', 1, 'b', 2)
map()
map('a', 1)['a']
map('a', 1)['z']
element_at(map('a', 1), 'z')
map_keys(map('a', 1, 'b', 2))
map_values(map('a', 1, 'b', NULL))
map_entries(map('a', 1))
map_from_arrays(array('a', 'b'), array(1, 2))
map_from_entries(array(struct('a', 1), struct('b', 2)))
map_concat(map('a', 1), map('b', 2))
map_concat(map('a', 1), map('a', 2))
map('a', 1, 'a', 2)
map_contains_key(map('a', 1), 'a')
size(map('a', 1, 'b', 2))
map(NULL, 1)
map('a')
map(1, 'a', 2.5, 'b')
str_to_map('x:1')['x']
map_from_arrays(array('a'), array(1, 2))
""")
