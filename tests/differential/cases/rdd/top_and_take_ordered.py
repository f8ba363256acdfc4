from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize([10, 4, 2, 12, 3, 12], 3)
print(numbers.top(1), numbers.top(3), numbers.top(100), numbers.top(0), numbers.top(-1), numbers.top(3, key=str))
print(numbers.takeOrdered(1), numbers.takeOrdered(4), numbers.takeOrdered(0), numbers.takeOrdered(3, key=lambda x: -x))
print(failure(lambda: numbers.takeOrdered(-1)), failure(lambda: sc.parallelize([1, "a"], 1).top(1), "TypeError"))
print(sc.parallelize([("b", 1), ("a", 1), ("c", 0)], 2).takeOrdered(3, key=lambda pair: pair[1]))
