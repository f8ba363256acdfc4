from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(100), 4)
for seed in (1, 7, 42):
    print(numbers.sample(False, 0.1, seed).collect(), numbers.sample(True, 0.1, seed).collect())
print(
    numbers.sample(False, 0.0, 1).collect(),
    numbers.sample(False, 1.0, 1).count(),
    numbers.sample(True, 25.0, 3).count(),
)
print([part.collect() for part in numbers.randomSplit([1, 1, 2], 17)])
print(
    [part.count() for part in numbers.randomSplit([0, 3.5, 1], 5)], sum(p.count() for p in numbers.randomSplit([1, 2]))
)
print(
    numbers.takeSample(False, 5, 3),
    numbers.takeSample(True, 5, 3),
    len(numbers.takeSample(False, 500, 3)),
    numbers.takeSample(False, 0),
)
print(sc.parallelize(range(10), 3).takeSample(True, 20, 1), sc.parallelize(range(10), 3).takeSample(False, 10, 1))
pairs = sc.parallelize("ab", 2).cartesian(sc.parallelize(range(100), 2))
print(
    sorted(pairs.sampleByKey(False, {"a": 0.1, "b": 0.05}, 2).collect()),
    sorted(pairs.sampleByKey(True, {"a": 0.1, "b": 0.05}, 2).collect()),
)
print(
    failure(lambda: numbers.sample(False, -0.1)),
    failure(lambda: numbers.randomSplit([1, -1])),
    failure(lambda: numbers.randomSplit([0])),
)
print(
    failure(lambda: numbers.takeSample(False, -1)),
    failure(lambda: numbers.takeSample(False, 1 << 63)),
    failure(lambda: pairs.sampleByKey(False, {"a": -1})),
)
print(failure(lambda: pairs.sampleByKey(False, {"a": 1}).collect(), "KeyError"))
