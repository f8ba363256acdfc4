from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext


def total(elements):
    yield sum(elements)


def place(split, elements):
    return [(split, list(elements))]


numbers = sc.parallelize(range(7), 3)
print(numbers.mapPartitions(total).collect())
print(numbers.mapPartitions(list).glom().collect())
print(numbers.mapPartitionsWithIndex(place).collect())
print(numbers.mapPartitionsWithSplit(place).collect())
print(numbers.mapPartitions(lambda _: []).collect())
print(numbers.mapPartitions(lambda elements: iter(sorted(elements, reverse=True))).collect())
