from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(10), 4)
for prefetch in (False, True):
    print(list(numbers.toLocalIterator(prefetch)), next(iter(numbers.toLocalIterator(prefetchPartitions=prefetch))))
print(list(sc.parallelize([], 3).toLocalIterator()), list(sc.emptyRDD().toLocalIterator()))


def late(x):
    if x == 9:
        raise RuntimeError("not to be seen")
    return x


iterator = iter(sc.range(12, numSlices=4).map(late).toLocalIterator())
print([next(iterator) for _ in range(6)])
print("not to be seen" in failure(lambda: list(iterator), "not to be seen"))
