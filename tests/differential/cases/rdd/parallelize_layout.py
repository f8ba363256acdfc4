from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for size, slices in [(0, 1), (0, 3), (1, 4), (5, 2), (10, 3), (10, 4), (3, 7), (100, 6)]:
    print(size, slices, [len(part) for part in sc.parallelize(list(range(size)), slices).glom().collect()])
    print(size, slices, [len(part) for part in sc.parallelize(range(size), slices).glom().collect()])
print(sc.parallelize("abcdef", 4).glom().collect())
print(sc.parallelize({1, 2, 3}, 2).glom().collect())
print(sc.parallelize((x * x for x in range(6)), 3).glom().collect())
print(sc.parallelize({"a": 1, "b": 2}.items(), 2).glom().collect())
print(sc.parallelize([[], [1], [2, 3]], 2).collect())
