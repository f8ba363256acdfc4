from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize([1.0, 2.5, 4.0, 9.5, -3.0], 3)
print(numbers.stats())
print(numbers.sum(), numbers.mean(), float(numbers.variance()), float(numbers.stdev()))
print(float(numbers.sampleStdev()), float(numbers.sampleVariance()))
integers = sc.parallelize([1, 2, 3], 2)
print(integers.sum(), integers.mean(), integers.stats())
print(sc.parallelize([], 2).mean(), sc.parallelize([5], 1).stats())
print(sorted(numbers.stats().asDict().items(), key=str))
print(failure(lambda: sc.parallelize(["a"], 1).sum(), "TypeError"))
