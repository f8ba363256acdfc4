from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(20), 7)
print(numbers.take(0), numbers.take(1), numbers.take(5), numbers.take(100), numbers.take(-1))
print(numbers.filter(lambda x: x > 15).take(2), numbers.filter(lambda x: x > 15).first())
print(sc.parallelize(range(1000), 200).filter(lambda x: x > 900).take(3))
print(numbers.first(), numbers.isEmpty(), numbers.filter(lambda x: x > 50).isEmpty())
