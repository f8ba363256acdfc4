"""0.0 and -0.0 are one value wherever values are compared, also inside arrays and as keys of maps."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
greatest(-0.0D, 0.0D)
greatest(0.0D, -0.0D)
least(0.0D, -0.0D)
greatest(cast('NaN' AS DOUBLE), 1.0D)
greatest(1, NULL, 3)
greatest(NULL, NULL)
array_max(array(-0.0D, 0.0D))
array_min(array(0.0D, -0.0D))
map(-0.0D, 1, 0.0D, 2)
map(-0.0D, 1)
map(-0.0D, 1)[0.0D]
element_at(map(0.0D, 1), -0.0D)
map_from_entries(array(struct(-0.0D, 1)))
map_concat(map(-0.0D, 1), map(0.0D, 2))
array_distinct(array(-0.0D, 0.0D))
array_distinct(array(array(-0.0D), array(0.0D)))
array_union(array(-0.0D), array(0.0D))
array_except(array(-0.0D), array(0.0D))
array_intersect(array(-0.0D), array(0.0D))
arrays_overlap(array(array(-0.0D)), array(array(0.0D)))
array_contains(array(array(-0.0D)), array(0.0D))
array_position(array(array(-0.0D)), array(0.0D))
sort_array(array(0.0D, -0.0D))
array_sort(array(0.0D, -0.0D))
0.0D IN (-0.0D)
nullif(0.0D, -0.0D)
""")
for condition in ["c = 0.0D", "c IN (0.0D)", "c < 0.0D", "c >= 0.0D", "0.0D > c", "c BETWEEN 0.0D AND 1.0D"]:
    counted = spark.sql(f"SELECT count(*) FROM VALUES (-0.0D), (0.0D), (-1.0D) t(c) WHERE {condition}")
    print(condition, counted.collect()[0][0])
