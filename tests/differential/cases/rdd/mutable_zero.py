from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext


def add(counts, element):
    counts[element] = counts.get(element, 0) + 1
    return counts


def merge(one, other):
    for key, count in other.items():
        one[key] = one.get(key, 0) + count
    return one


elements = sc.parallelize("abracadabra", 3)
zero = {}
print(sorted(elements.aggregate(zero, add, merge).items()), sorted(zero.items()))
print(sorted(elements.treeAggregate({}, add, merge).items()))
pairs = elements.map(lambda letter: (letter < "c", letter))
print(sorted(pairs.aggregateByKey([], lambda a, x: a + [x], lambda a, b: a + b).mapValues(sorted).collect()))
print(sorted(pairs.mapValues(lambda x: [x]).foldByKey([], lambda a, b: a.extend(b) or a).mapValues(sorted).collect()))
