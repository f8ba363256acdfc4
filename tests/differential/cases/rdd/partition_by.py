from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
pairs = sc.parallelize([(x, x * x) for x in range(12)], 4)
for count in (1, 2, 5):
    parted = pairs.partitionBy(count)
    print(count, parted.getNumPartitions(), parted.glom().collect())
print(pairs.partitionBy(3, lambda key: key // 4).glom().collect())
print(pairs.partitionBy(3, lambda key: -key).glom().collect())
parted = pairs.partitionBy(3)
print(parted.partitionBy(3) is parted, parted.partitionBy(4) is parted, parted.partitionBy(3, hash) is parted)
print(parted.partitioner == pairs.partitionBy(3).partitioner, pairs.partitioner, parted.partitioner.numPartitions)
print(pairs.partitionBy(None).getNumPartitions())
words = sc.parallelize([(word, 1) for word in ["a", "b", "", "word", None, 1.5, ("t", None), b"b", True]], 3)
print(words.partitionBy(4).glom().collect())
