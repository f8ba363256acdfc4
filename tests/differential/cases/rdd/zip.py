from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
a, b = sc.parallelize(range(5), 2), sc.parallelize(range(100, 105), 2)
print(a.zip(b).glom().collect(), a.zip(a.map(str)).collect())
print(a.zip(b).zip(a).collect(), a.zip(a.zip(b)).collect(), a.zip(b).map(sum).collect())
print(
    sc.parallelize(range(1000), 3)
    .zip(sc.parallelize(range(1000), 3).map(lambda x: "*" * x))
    .map(lambda p: len(p[1]) - p[0])
    .sum()
)
print(failure(lambda: a.zip(sc.parallelize(range(5), 3))))
print(failure(lambda: a.zip(sc.parallelize(range(4), 2)).count()) != "no error")
print(failure(lambda: a.zip(sc.parallelize(range(6), 2)).count()) != "no error")
x, y = sc.parallelize([2, 3], 2).flatMap(range), sc.parallelize([3, 2], 2).flatMap(range)
print(x.count() == y.count(), failure(lambda: x.zip(y).count()) != "no error")
