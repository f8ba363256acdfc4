from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
words = sc.parallelize("the quick brown fox jumps over the lazy dog".split(), 3)
print(words.sortBy(lambda word: word).collect())
print(words.sortBy(len).collect(), words.sortBy(len, False).collect())
print(
    words.sortBy(lambda word: word[-1], numPartitions=2).glom().collect(), words.sortBy(len, True, 1).getNumPartitions()
)
print(sc.parallelize(range(1000), 8).sortBy(lambda x: -x).take(3))
print([len(part) for part in sc.parallelize(range(1000), 8).sortBy(lambda x: -x).glom().collect()])
print(failure(lambda: sc.parallelize([1, "a"], 1).sortBy(lambda x: x).collect(), "TypeError"))
