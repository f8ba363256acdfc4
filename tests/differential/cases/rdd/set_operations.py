from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
one, two = sc.parallelize([1, 10, 2, 3, 4, 5, 2], 3), sc.parallelize([1, 6, 2, 3, 7, 8, 2], 2)
print(sorted(one.intersection(two).collect()), sorted(one.subtract(two).collect()), sorted(two.subtract(one).collect()))
print(sorted(one.distinct().collect()), one.distinct().getNumPartitions(), one.distinct(5).getNumPartitions())
print([sorted(part) for part in one.distinct(2).glom().collect()])
print(
    one.intersection(two).getNumPartitions(),
    one.subtract(two).getNumPartitions(),
    one.subtract(two, 4).getNumPartitions(),
)
print(
    sorted(
        sc.parallelize([("a", 1), ("b", 4), ("b", 5), ("a", 2)], 2)
        .subtractByKey(sc.parallelize([("a", 3), ("c", None)], 2))
        .collect()
    )
)
print(sorted(sc.parallelize([None, 1, None], 2).distinct().collect(), key=str))
print(failure(lambda: sc.parallelize([[1], [1]], 1).distinct().collect(), "TypeError", "unhashable"))
