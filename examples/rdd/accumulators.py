"""Counters that tasks add to and the driver reads: a sum, and one of a type of one's own.

Run it with `firesteel submit examples/rdd/accumulators.py`; `accumulators.rs` is the same program in Rust.
"""

from pyspark import AccumulatorParam, SparkContext


class Longest(AccumulatorParam):
    """The longest text that was added."""

    def zero(self, value):
        """What to start with."""
        return ""

    def addInPlace(self, value1, value2):
        """The longer of two texts."""
        return max(value1, value2, key=len)


sc = SparkContext("local[2]", "accumulators")
words, longest = sc.accumulator(0), sc.accumulator("", Longest())


def count_words(line):
    """Adds the words of a line."""
    for word in line.split():
        words.add(1)
        longest.add(word)


lines = sc.parallelize(["For Testing Purpose : ", "Accumulators in Spark : ", "Counting words"], 2)
lines.foreach(count_words)

print(f"{words.value} words, the longest is {longest.value}")
sc.stop()
