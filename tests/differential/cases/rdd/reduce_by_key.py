from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
words = sc.parallelize("to be or not to be that is the question".split(), 3)
counts = words.map(lambda word: (word, 1)).reduceByKey(lambda x, y: x + y)
print(sorted(counts.collect()), counts.getNumPartitions())
numbers = sc.parallelize([(x % 5, x) for x in range(20)], 4)
for partitions in (1, 2, 3, 7):
    print(partitions, [sorted(part) for part in numbers.reduceByKey(max, partitions).glom().collect()])
print([sorted(part) for part in numbers.reduceByKey(max, 3, lambda key: 1).glom().collect()])
print(sorted(numbers.foldByKey(100, lambda x, y: x + y, 1).collect()))
print(
    sorted(
        sc.parallelize([(1, 1), (1, 1), (3, 2), (5, 1), (5, 3)], 2)
        .aggregateByKey(set(), lambda s, x: s | {x}, lambda s, t: s | t)
        .mapValues(sorted)
        .collect()
    )
)
