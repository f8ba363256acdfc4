from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
text = ["to be or not to be", "that is the question", "", "to sleep perchance to dream"]
lines = sc.parallelize(text, 3)
counts = lines.flatMap(lambda line: line.split()).map(lambda word: (word, 1)).reduceByKey(lambda x, y: x + y)
print(
    counts.sortBy(lambda pair: (-pair[1], pair[0])).take(4),
    counts.count(),
    sorted(counts.collect()) == sorted(counts.cache().collect()),
)
print(counts.map(lambda pair: (pair[1], 1)).reduceByKey(lambda x, y: x + y).sortByKey().collect())
scores = counts.join(sc.parallelize([("to", "preposition"), ("be", "verb")], 2)).mapValues(
    lambda pair: pair[1] * pair[0]
)
print(sorted(scores.collect()))
counts.unpersist()
