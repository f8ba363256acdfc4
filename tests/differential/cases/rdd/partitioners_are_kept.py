from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
parted = sc.parallelize([(x, x) for x in range(10)], 3).partitionBy(2)
steps = {
    "mapValues": parted.mapValues(str),
    "flatMapValues": parted.flatMapValues(lambda x: [x]),
    "filter": parted.filter(bool),
    "map": parted.map(lambda pair: pair),
    "map promised": parted.map(lambda pair: pair, True),
    "mapPartitions promised": parted.mapPartitions(iter, preservesPartitioning=True),
    "flatMap": parted.flatMap(lambda pair: [pair]),
    "sample": parted.sample(False, 0.5, 1),
    "reduceByKey": parted.reduceByKey(max),
    "groupByKey": parted.groupByKey(),
    "sortByKey": parted.sortByKey(),
    "union alike": parted.union(parted.mapValues(str)),
    "union other": parted.union(sc.parallelize([(1, 1)], 1)),
    "coalesce": parted.coalesce(1),
    "repartition": parted.repartition(2),
    "keys": parted.keys(),
    "join": parted.join(parted),
    "distinct": parted.distinct(),
    "cache": parted.mapValues(str).cache().filter(bool),
}
for name, rdd in steps.items():
    print(name, rdd.getNumPartitions(), rdd.partitioner is not None and rdd.partitioner.numPartitions)
print(
    parted.lookup(7), parted.reduceByKey(max).lookup(4), parted.sortByKey().lookup(9), parted.mapValues(str).lookup(3)
)
