from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
letters = sc.parallelize("abracadabra", 4)
print(sorted(letters.countByValue().items()), type(letters.countByValue()).__name__)
pairs = letters.map(lambda letter: (letter, 1))
print(sorted(pairs.countByKey().items()), pairs.countByKey()["z"])
print(sorted(pairs.reduceByKeyLocally(lambda x, y: x + y).items()))
print(sorted(pairs.collectAsMap().items()))
print(failure(lambda: sc.parallelize([[1]], 1).countByValue(), "TypeError", "unhashable"))
