from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
left = sc.parallelize([("a", 1), ("b", 4), ("a", 2), ("d", None)], 2)
right = sc.parallelize([("a", 10), ("a", 20), ("c", 30), ("d", 40)], 3)
for kind in ("join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin"):
    joined = getattr(left, kind)(right)
    print(kind, joined.getNumPartitions(), sorted(joined.collect(), key=str))
    print(kind, getattr(left, kind)(right, 2).getNumPartitions())
print(sorted(left.join(left).collect(), key=str))
print(left.join(sc.parallelize([], 1)).collect(), left.join(sc.emptyRDD()).collect())
print(sorted(left.fullOuterJoin(sc.parallelize([], 1)).collect(), key=str))
