"""What is kept between actions: in memory, on disk, or not at all.

Run it with `firesteel submit examples/rdd/memory_tuning.py`; `memory_tuning.rs` is the same program in Rust.
"""

from pyspark import SparkConf, SparkContext, StorageLevel

conf = SparkConf().setMaster("local[2]").setAppName("memory tuning").set("spark.memory.fraction", "0.6")
sc = SparkContext(conf=conf)
computed = sc.accumulator(0)


def square(number):
    """Something that takes long."""
    computed.add(1)
    return number * number


# What memory cannot hold goes to disk, where MEMORY_ONLY would compute it again.
squares = sc.parallelize(range(1000), 4).map(square).persist(StorageLevel.MEMORY_AND_DISK)
print(squares.sum(), squares.max(), f"computed {computed.value} times")

squares.unpersist()
print(squares.count(), f"computed {computed.value} times")
sc.stop()
