from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(1, 11), 4)
print(numbers.reduce(lambda x, y: x + y), numbers.reduce(max))
print(numbers.fold(0, lambda x, y: x + y), numbers.fold(1, lambda x, y: x + y))
print(sc.parallelize(["a", "b", "c"], 2).fold("-", lambda x, y: x + y))
print(numbers.aggregate((0, 0), lambda a, x: (a[0] + x, a[1] + 1), lambda a, b: (a[0] + b[0], a[1] + b[1])))
print(numbers.aggregate([], lambda a, x: a + [x], lambda a, b: a + b))
print(sc.parallelize([[1], [2], [3]], 5).reduce(lambda x, y: x + y))
