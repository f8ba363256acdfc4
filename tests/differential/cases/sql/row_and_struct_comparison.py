"""Structs and rows compared, ordered and searched."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
struct(1, 2) < struct(1, 3)
struct(1, NULL) = struct(1, NULL)
struct(1, NULL) <=> struct(1, NULL)
struct(1, NULL) < struct(1, 2)
(1, 2) IN ((1, 2), (3, 4))
(1, NULL) IN ((1, 2))
named_struct('a', 1) = named_struct('b', 1)
greatest(struct(1, 'a'), struct(1, 'b'))
max(struct(v, k)) FROM VALUES ('a', 1), ('b', 3), ('c', 2) AS t(k, v) --
array(2, 1) > array(1, 9)
array(1) < array(1, 0)
array(NULL) < array(1)
struct(1, 2).col1
named_struct('x', 5).x
""")
