from pyspark.core.rdd import BoundedFloat as same
from pyspark.rdd import BoundedFloat, Partitioner, portable_hash
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
print(same is BoundedFloat, BoundedFloat(100.0, 0.95, 95.0, 105.0), BoundedFloat(1, 0.5, 0, 2).confidence)
for key in (None, 0, 1, -1, "a", "", 1.5, True, (), (1,), (None, 1), ("a", None, (2, "b")), b"x", frozenset([1])):
    print(repr(key), portable_hash(key))
one = Partitioner(3, portable_hash)
print(
    one == Partitioner(3, portable_hash),
    one == Partitioner(4, portable_hash),
    one == Partitioner(3, hash),
    one != 3,
    one(7),
    one.numPartitions,
)
