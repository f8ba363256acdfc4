from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(1000), 10)
for bounded in (numbers.sumApprox(10000), numbers.meanApprox(10000, 0.5), sc.parallelize([], 2).sumApprox(10000)):
    print(bounded, bounded.confidence, bounded.low, bounded.high, type(bounded).__name__)
print(numbers.countApprox(10000), numbers.countApprox(10000, 0.5), sc.emptyRDD().meanApprox(10000))
print(sc.parallelize([0.1, 0.2, 0.7, 1.3], 3).meanApprox(10000), sc.parallelize([0.1, 0.2, 0.7], 3).sumApprox(10000))
