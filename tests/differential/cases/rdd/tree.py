from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext


def add(x, y):
    return x + y


numbers = sc.parallelize([-5, -4, -3, -2, -1, 1, 2, 3, 4], 10)
for depth in (1, 2, 3, 4, 10):
    print(depth, numbers.treeReduce(add, depth), numbers.treeAggregate(0, add, add, depth))
words = sc.parallelize("the quick brown fox jumps over the lazy dog".split(), 9)
for depth in (1, 2, 3):
    print(sorted(words.treeAggregate("", add, add, depth)) == sorted("".join(words.collect())))
print(sc.parallelize(range(100), 50).treeReduce(add, 3))
print(failure(lambda: numbers.treeReduce(add, 0)), failure(lambda: numbers.treeAggregate(0, add, add, depth=-1)))
