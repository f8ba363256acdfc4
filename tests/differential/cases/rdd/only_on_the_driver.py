from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize([1, 2], 1)
print(failure(lambda: numbers.map(lambda x: numbers.count()).collect(), "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER"))
print(failure(lambda: numbers.map(lambda x: sc.parallelize([x]).count()).collect(), "CONTEXT_ONLY_VALID_ON_DRIVER"))
print(failure(lambda: sc.broadcast(numbers), "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER"))
print(failure(lambda: numbers.map(lambda x: numbers).collect(), "RDD_TRANSFORM_ONLY_VALID_ON_DRIVER"))
print(numbers.collect())
