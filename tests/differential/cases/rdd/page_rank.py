from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
links = (
    sc.parallelize([("a", "b"), ("a", "c"), ("b", "c"), ("c", "a"), ("d", "c")], 2)
    .groupByKey()
    .mapValues(sorted)
    .cache()
)
ranks = links.mapValues(lambda _: 1.0)
for _ in range(5):
    shares = links.join(ranks).flatMap(lambda page: [(to, page[1][1] / len(page[1][0])) for to in page[1][0]])
    ranks = shares.reduceByKey(lambda x, y: x + y).mapValues(lambda share: 0.15 + 0.85 * share)
print([(page, round(rank, 6)) for page, rank in sorted(ranks.collect())])
links.unpersist()
