from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for empty in (sc.emptyRDD(), sc.parallelize([], 2)):
    print(empty.getNumPartitions(), empty.isEmpty(), empty.collect(), empty.count(), empty.sum())
    print(empty.map(str).glom().collect(), empty.distinct().collect(), empty.union(empty).collect())
    print(empty.groupBy(len).collect(), empty.sortBy(str).collect(), empty.zipWithIndex().collect())
    print(empty.fold(7, max), empty.aggregate([], lambda a, x: a, lambda a, b: a + b))
    print(empty.take(3), empty.takeOrdered(2), empty.takeSample(False, 3), empty.countApprox(1000))
    print(empty.cartesian(empty).collect(), empty.coalesce(1).getNumPartitions())
    print(failure(empty.first), failure(lambda: empty.reduce(max)), failure(empty.max), failure(empty.stats))
    print(failure(lambda: empty.treeReduce(max)), failure(lambda: empty.top(1)), failure(lambda: empty.histogram(2)))
    print(failure(lambda: empty.countByValue()), failure(lambda: empty.reduceByKeyLocally(max)))
