from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
one, two = sc.parallelize([1, 2], 2), sc.parallelize(["a"], 1)
print(one.union(two).glom().collect(), (one + two + one).collect(), one.union(one).getNumPartitions())
print(sc.union([one, two, sc.parallelize([None], 1)]).glom().collect(), sc.union([one]).collect())
print(one.union(one.cartesian(one)).collect(), one.union(one.zip(one)).collect())
print(failure(lambda: one + [1]), failure(lambda: one + "a"))
parted = sc.parallelize([(x, x) for x in range(6)], 3).partitionBy(2)
print(parted.union(parted).glom().collect(), parted.union(one).getNumPartitions())
print(sc.union([parted, parted, parted]).getNumPartitions())
