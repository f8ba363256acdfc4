from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
pairs = sc.parallelize([("a", 1), ("b", 2), ("a", 3), ("c", 4)], 3)
print(pairs.keys().glom().collect(), pairs.values().glom().collect())
print(pairs.mapValues(lambda x: x * 10).glom().collect())
print(pairs.flatMapValues(range).glom().collect())
print(pairs.mapValues(lambda x: "x" * x).flatMapValues(lambda x: x).collect())
print(pairs.lookup("a"), pairs.lookup("z"), pairs.collectAsMap())
print(sc.parallelize([[1, 2], "ab", (3, 4, 5)], 1).keys().collect())
