from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
pairs = sc.parallelize([(0, 5), (3, 8), (2, 6), (0, 8), (3, 8), (1, 3)], 2)
print(pairs.repartitionAndSortWithinPartitions(2, lambda key: key % 2).glom().collect())
print(pairs.repartitionAndSortWithinPartitions(2, lambda key: key % 2, False).glom().collect())
print(
    pairs.repartitionAndSortWithinPartitions(3).glom().collect(),
    pairs.repartitionAndSortWithinPartitions().getNumPartitions(),
)
print(pairs.repartitionAndSortWithinPartitions(2, lambda key: 0, True, lambda key: -key).glom().collect())
