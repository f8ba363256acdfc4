from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for size, before, after in [(20, 4, 2), (20, 4, 3), (100, 7, 3), (10, 10, 4), (10, 5, 1), (10, 2, 8), (3, 6, 2)]:
    print(size, before, after, sc.parallelize(range(size), before).coalesce(after).glom().collect())
print(failure(lambda: sc.parallelize([1], 1).coalesce(0)), failure(lambda: sc.parallelize([1], 1).coalesce(-1)))
print(sc.parallelize(range(10), 5).coalesce(2).map(lambda x: x + 1).coalesce(1).glom().collect())
