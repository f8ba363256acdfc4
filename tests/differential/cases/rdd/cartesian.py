from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
one, two = sc.parallelize([1, 2, 3], 2), sc.parallelize("ab", 2)
print(one.cartesian(two).glom().collect(), one.cartesian(two).getNumPartitions())
print(
    sorted(one.cartesian(one).cartesian(two).collect())
    == sorted(((x, y), z) for x in (1, 2, 3) for y in (1, 2, 3) for z in "ab")
)
print(sorted(one.cartesian(one.cartesian(two)).collect())[:4], sorted(one.cartesian(one.zip(one)).collect())[:4])
print(one.cartesian(two).map(lambda pair: pair[1] * pair[0]).collect(), one.cartesian(two).count())
print(
    one.cartesian(sc.parallelize([], 1)).collect(), sorted(one.cartesian(two).reduceByKey(lambda x, y: x + y).collect())
)
print(one.cartesian(two).repartition(2).count(), one.cartesian(two).union(two).count())
