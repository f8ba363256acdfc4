from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
pairs = sc.parallelize([("a", 1), ("b", 2), ("1", 3), ("d", 4), ("2", 5)], 3)
print(pairs.sortByKey().glom().collect())
print(pairs.sortByKey(False).collect(), pairs.sortByKey(True, 1).glom().collect(), pairs.sortByKey(True, 2).collect())
print(pairs.sortByKey(ascending=True, numPartitions=2, keyfunc=lambda k: k.upper()).collect())
many = sc.parallelize([(i * 59 % 101, i) for i in range(101)], 4)
for ascending in (True, False):
    parted = many.sortByKey(ascending, 5)
    print(parted.getNumPartitions(), [len(part) for part in parted.glom().collect()])
    print(parted.collect() == sorted(many.collect(), reverse=not ascending), parted.lookup(7))
same = sc.parallelize([(1, x) for x in range(10)], 3)
print(same.sortByKey().glom().collect())
print(sc.parallelize([(x % 3, x) for x in range(10)], 3).sortByKey(numPartitions=2).glom().collect())
