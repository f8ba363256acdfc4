from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
seen = sc.accumulator(0)


def look(split, elements):
    seen.add(1)
    return elements


looked = sc.parallelize(range(100), 100).mapPartitionsWithIndex(look)
before = 0
for count, least in [(1, -1), (2, -1), (10, -1), (1, 3), (1, 50), (3, 95)]:
    found = looked.filter(lambda x: x > least).take(count)
    print(count, least, found, seen.value - before)
    before = seen.value
