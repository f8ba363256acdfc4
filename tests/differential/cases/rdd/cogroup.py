from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
one, two, three = (
    sc.parallelize(pairs, 2) for pairs in ([("a", 1), ("b", 4)], [("a", 2), ("c", 6)], [("a", 3), ("a", 5)])
)


def shown(groups):
    return sorted((key, tuple(sorted(values) for values in lists)) for key, lists in groups.collect())


print(shown(one.cogroup(two)), one.cogroup(two).getNumPartitions(), one.cogroup(two, 3).getNumPartitions())
print(shown(one.groupWith(two)), shown(one.groupWith(two, three)), shown(one.groupWith(two, three, one)))
print([type(values).__name__ for values in one.cogroup(two).first()[1]])
