from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(6), 4)
print(numbers.glom().collect(), numbers.keyBy(lambda x: x * x).collect(), numbers.glom().map(len).collect())
print(sc.parallelize([], 3).glom().collect(), numbers.filter(lambda x: x == 3).glom().collect())
