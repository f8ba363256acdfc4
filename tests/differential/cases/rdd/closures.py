import collections
import functools
import operator

from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
factor = 3


def scaled(x):
    return x * factor


class Scale:
    by = 5

    def __init__(self, add):
        self.add = add

    def __call__(self, x):
        return x * self.by + self.add

    def method(self, x):
        return self(x) + 1


numbers = sc.parallelize(range(4), 2)
print(numbers.map(scaled).collect(), numbers.map(Scale(1)).collect(), numbers.map(Scale(2).method).collect())
factor = 4
print(numbers.map(scaled).collect(), numbers.map(lambda x: scaled(x) + factor).collect())
print(
    sc.parallelize([range(10)], 1).map(operator.itemgetter(2, 3)).collect(), numbers.map(str).map(str.__len__).collect()
)
Person = collections.namedtuple("Person", "id name")
print(
    sc.parallelize([Person(1, "a"), Person(2, "b")], 2).map(lambda person: person._replace(id=person.id * 2)).collect()
)
print(numbers.map(functools.partial(pow, 2)).collect(), numbers.map(lambda x, y=7: x + y).collect())
big = list(range(200000))
print(
    numbers.map(lambda x: len(big) + x).collect(),
    numbers.map(lambda x: big[x]).map(lambda x: (x, 1)).groupByKey().count(),
)
