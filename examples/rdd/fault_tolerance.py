"""What fails is tried again, what is lost is computed again, and a checkpoint ends what has to be computed again.

Run it with `firesteel submit examples/rdd/fault_tolerance.py`; `fault_tolerance.rs` is the same program in Rust.
"""

import tempfile

from pyspark import SparkContext, TaskContext

# Two cores, and four attempts for a task.
sc = SparkContext("local[2,4]", "fault tolerance")
seen = sc.accumulator(0)


def flaky(number):
    """Fails at the first attempt, after it has counted."""
    seen.add(1)
    if number == 7 and TaskContext.get().attemptNumber() == 0:
        raise OSError("a disk that does not answer")
    return number * 2


doubled = sc.parallelize(range(10), 2).map(flaky).cache()
# The attempt that failed counts nothing.
print(doubled.sum(), f"{seen.value} seen")

with tempfile.TemporaryDirectory() as directory:
    sc.setCheckpointDir(directory)
    total = doubled.map(lambda number: (number % 3, number)).reduceByKey(lambda a, b: a + b)
    total.checkpoint()
    print(sorted(total.collect()), total.isCheckpointed())
    sc.stop()
