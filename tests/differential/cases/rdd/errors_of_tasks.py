from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize([1, 2, 0, 4], 2)
print(
    failure(lambda: numbers.map(lambda x: 1 // x).collect(), "ZeroDivisionError", "integer division or modulo by zero")
)
print(failure(lambda: numbers.map(lambda x: undefined_name).count(), "NameError", "undefined_name"))
print(failure(lambda: numbers.mapPartitions(lambda elements: None).collect(), "TypeError"))
print(
    failure(lambda: numbers.reduceByKey(max).collect(), "TypeError"),
    failure(lambda: numbers.filter(None).collect(), "TypeError"),
)


class Trouble(Exception):
    pass


def fail(x):
    raise Trouble(f"with {x}")


print(failure(lambda: numbers.foreach(fail), "Trouble", "with"))
print(failure(lambda: numbers.map(lambda x: (x for _ in range(3))).collect(), "PicklingError", "cannot pickle"))
print(failure(lambda: numbers.reduce(lambda x, y: x.missing), "AttributeError", "missing"))
print(
    failure(lambda: sc.runJob(numbers, list, [7])),
    sc.runJob(numbers, list, [1]),
    sc.runJob(numbers, lambda elements: [sum(elements)]),
)
print(numbers.sum())
