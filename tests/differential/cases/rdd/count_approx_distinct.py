from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for size, deviation in [(1000, 0.05), (1000, 0.01), (5000, 0.03), (20, 0.05)]:
    for convert in (int, float, str, lambda x: (x, -x)):
        found = sc.parallelize([i % size for i in range(2 * size)], 4).map(convert).countApproxDistinct(deviation)
        print(size, deviation, abs(found - size) <= 4 * deviation * size + 0.5)
print(sc.parallelize([], 2).countApproxDistinct(), sc.emptyRDD().countApproxDistinct())
print(sc.parallelize(["a", None, ("b", None)] * 10, 3).countApproxDistinct())
print(failure(lambda: sc.parallelize([1], 1).countApproxDistinct(0.00000001)))
