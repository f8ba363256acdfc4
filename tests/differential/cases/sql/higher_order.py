"""Functions that take functions."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
transform(array(1, 2, 3), x -> x * 10)
transform(array(1, 2, 3), (x, i) -> x + i)
filter(array(1, 2, 3, NULL), x -> x > 1)
filter(array(5, 6, 7), (x, i) -> i > 0)
exists(array(1, 2), x -> x = 2)
exists(array(1, NULL), x -> x = 2)
forall(array(1, 2), x -> x > 0)
any_match(array(1), x -> x = 1)
aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x)
aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x, acc -> acc * 10)
reduce(array(1, 2, 3), 100, (acc, x) -> acc - x)
zip_with(array(1, 2), array(10, 20, 30), (x, y) -> coalesce(x, 0) + y)
transform_keys(map('a', 1, 'b', 2), (k, v) -> upper(k))
transform_values(map('a', 1, 'b', 2), (k, v) -> v + 1)
map_filter(map('a', 1, 'b', 2), (k, v) -> v > 1)
map_zip_with(map('a', 1), map('a', 2, 'b', 3), (k, v1, v2) -> coalesce(v1, 0) + v2)
transform(array(array(1, 2), array(3)), a -> transform(a, x -> x + size(a)))
transform(array(1, 2), x -> named_struct('v', x, 'sq', x * x))
transform(array('a'), x -> x + 1)
""")
