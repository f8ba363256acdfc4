from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for size, before, after in [(20, 4, 2), (40, 4, 3), (100, 2, 4), (1000, 2, 20), (0, 2, 3), (7, 1, 3)]:
    for rdd in (
        sc.parallelize(range(size), before).repartition(after),
        sc.parallelize(range(size), before).coalesce(after, True),
    ):
        parts = rdd.glom().collect()
        print(size, before, after, [len(part) for part in parts], sorted(sum(parts, [])) == list(range(size)))
print(sc.parallelize(range(40), 4).repartition(3).glom().collect())
print(failure(lambda: sc.parallelize([1], 1).repartition(0)))
