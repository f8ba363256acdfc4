from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
sc._conf.set("spark.python.worker.memory", "1m")
numbers = sc.parallelize(range(50000), 4)
groups = numbers.map(lambda x: (x % 3, x)).groupByKey()
print(sorted(groups.mapValues(len).collect()), sorted(groups.mapValues(sum).collect()))
print(numbers.map(lambda x: (x, 1)).reduceByKey(lambda x, y: x + y).count(), numbers.sortBy(lambda x: -x).take(3))
print(numbers.map(lambda x: (x % 10007, x)).sortByKey().keys().take(5), numbers.distinct().count())
sc._conf.set("spark.python.worker.memory", "512m")
