from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext


def stop(*_):
    raise StopIteration()


numbers = sc.parallelize(range(10), 2)
pairs = numbers.map(lambda x: (x % 2, x))
words = "Caught StopIteration thrown from user's code; failing the task"
for action in (
    lambda: numbers.map(stop).collect(),
    lambda: numbers.filter(stop).collect(),
    lambda: numbers.flatMap(stop).collect(),
    lambda: numbers.foreach(stop),
    lambda: numbers.reduce(stop),
    lambda: numbers.fold(0, stop),
    lambda: numbers.cartesian(numbers).flatMap(stop).collect(),
    lambda: pairs.reduceByKeyLocally(stop),
    lambda: numbers.aggregate(0, stop, lambda *_: 1),
    lambda: numbers.aggregate(0, lambda *_: 1, stop),
    lambda: pairs.mapValues(stop).collect(),
    lambda: numbers.keyBy(stop).collect(),
):
    print(words in failure(action, words))
