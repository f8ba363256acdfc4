"""How many partitions there are, and what a shuffle has to move.

Run it with `firesteel submit examples/rdd/performance_tuning.py`; `performance_tuning.rs` is the same program in Rust.
"""

from pyspark import SparkContext

sc = SparkContext("local[2]", "performance tuning")
numbers = sc.parallelize(range(1, 1000), 10)

# A shuffle spreads the elements evenly; fewer partitions need none.
spread, fewer = numbers.repartition(50), numbers.coalesce(2)
print(spread.getNumPartitions(), fewer.getNumPartitions())

# reduceByKey adds up before the shuffle, so that a key leaves each task once; groupByKey would move every pair.
by_digit = numbers.map(lambda number: (number % 10, number)).reduceByKey(lambda a, b: a + b, 4)
print(sorted(by_digit.collect())[:3])

# Two RDDs that are partitioned alike are joined where they are.
print(by_digit.join(by_digit.mapValues(lambda total: total * 2)).getNumPartitions())
sc.stop()
