from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
seen = sc.accumulator(0)
numbers = sc.parallelize(range(10), 3)
print(numbers.foreach(lambda x: seen.add(x)), seen.value)


def one_partition(elements):
    for x in elements:
        seen.add(100 * x)


def lazy(elements):
    for x in elements:
        seen.add(10000 * x)
        yield x


print(numbers.foreachPartition(one_partition), seen.value)
print(
    numbers.foreachPartition(lazy),
    seen.value,
    numbers.foreachPartition(lambda elements: 5),
    numbers.foreachPartition(list),
)
print(failure(lambda: numbers.foreach(lambda x: 1 // (x - 5)), "ZeroDivisionError"))
