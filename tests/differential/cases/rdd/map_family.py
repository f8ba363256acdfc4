from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(10), 3)
print(numbers.map(lambda x: x * x).glom().collect())
print(numbers.flatMap(lambda x: [x] * (x % 3)).glom().collect())
print(numbers.filter(lambda x: x % 4 == 1).glom().collect())
print(numbers.map(lambda x: (x, str(x))).filter(lambda p: p[1] > "4").map(lambda p: p[0]).glom().collect())
print(numbers.flatMap(lambda x: "ab").distinct().count())
print(numbers.flatMap(lambda x: {}).glom().collect())
print(numbers.map(lambda x: None).collect())
