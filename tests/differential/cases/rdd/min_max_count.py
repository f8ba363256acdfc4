from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize([3, 17, -4, 22, 8], 3)
print(numbers.max(), numbers.min(), numbers.max(key=str), numbers.min(key=lambda x: -x), numbers.count())
print(sc.parallelize(["pear", "fig", "banana"], 2).max(key=len), sc.parallelize([1.5, float("inf")], 2).max())
print(numbers.max(str), numbers.min(abs))
print(failure(lambda: sc.parallelize([1, "a"], 1).max(), "TypeError"))
