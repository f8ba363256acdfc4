from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
pairs = sc.parallelize([("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5)], 3)
groups = pairs.groupByKey()
print(sorted(groups.mapValues(sorted).collect()), groups.getNumPartitions())
group = dict(groups.collect())["a"]
print(type(group).__name__, len(group), sorted(group), group.maxindex)
print(sorted(groups.mapValues(len).collect()))
print([sorted(part) for part in pairs.groupByKey(2, lambda key: ord(key)).mapValues(sorted).glom().collect()])
by_parity = sc.parallelize([1, 1, 2, 3, 5, 8], 2).groupBy(lambda x: x % 2)
print(sorted((key, sorted(values)) for key, values in by_parity.collect()))
print(sorted(sc.parallelize(range(10), 3).groupBy(lambda x: x % 4, 2).mapValues(sorted).collect()))
