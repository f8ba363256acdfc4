from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext


def create(value):
    return [value]


def merge_value(values, value):
    return sorted([*values, value])


def merge(one, other):
    return sorted(one + other)


pairs = sc.parallelize([(x % 3, x) for x in range(12)], 4)
combined = pairs.combineByKey(create, merge_value, merge)
print(sorted(combined.collect()), combined.getNumPartitions())
print(sorted(pairs.combineByKey(create, merge_value, merge, 2).glom().collect()))
print(
    sorted(
        pairs.combineByKey(
            lambda x: (x, 1),
            lambda a, x: (a[0] + x, a[1] + 1),
            lambda a, b: (a[0] + b[0], a[1] + b[1]),
            5,
            lambda key: key * 7,
        ).collect()
    )
)
