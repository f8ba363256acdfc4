from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize(range(51), 3)
for buckets in [1, 2, 3, 5, 7, [0, 5, 25, 50], [0, 15, 30, 45, 60], (0, 25, 50), [10, 20], [-5.5, 0.5, 70]]:
    print(buckets, numbers.histogram(buckets))
print(sc.parallelize(["ab", "ac", "b", "bd", "ef"], 2).histogram(("a", "b", "c")))
print(sc.parallelize(["ab", "ac", "b"], 2).histogram(1))
print(sc.parallelize([1] * 4, 2).histogram(3), sc.parallelize([1, 2], 2).histogram(5))
odd = sc.parallelize([None, float("nan"), 1.0, 2.0, float("inf"), float("-inf")], 2)
print(odd.histogram([0, 5, 10]), odd.histogram([float("-inf"), 0, float("inf")]))
for wrong in [0, -1, [], [1], [2, 1], [1, 1, 2], [None, 1], [1, float("nan")], {}, "ab", 2.5]:
    print(wrong, failure(lambda: numbers.histogram(wrong)))
print(failure(lambda: odd.histogram(2)), failure(lambda: sc.parallelize(["a", "b"], 1).histogram(2)))
