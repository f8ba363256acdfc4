"""What is counted is counted once, whatever workers and tasks go through: whole programs with an engine of their own."""

import pytest
from conftest import Run

KILLED = """
import os, signal
from pyspark import SparkContext, TaskContext

sc = SparkContext("local[2,4]", "killed")
seen, total = sc.accumulator(0), sc.accumulator(0.0)

def visit(partition, elements):
    for element in elements:
        seen.add(1)
        total.add(element)
        if element % 250 == 125 and TaskContext.get().attemptNumber() == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        yield element

counted = sc.parallelize(range(1000), 4).mapPartitionsWithIndex(visit)
print(counted.map(lambda x: x * 2).sum(), seen.value, total.value)
{again}
"""

ALL_AGAIN = """
print(sc.parallelize(range(1000), 4).map(lambda x: (x % 7, x)).reduceByKey(max).count(), seen.value)
sc.parallelize(range(1000), 4).foreach(lambda x: seen.add(1))
print(seen.value)
"""


def test_a_worker_that_is_killed_in_the_middle_of_an_action_counts_nothing_twice(python: Run) -> None:
    done = python("-c", KILLED.format(again=ALL_AGAIN))
    assert done.stdout.splitlines() == ["999000 1000 499500.0", "7 1000", "2000"]


BEFORE_SHUFFLE = """
import os, signal
from pyspark import SparkContext, TaskContext

sc = SparkContext("local[2,3]", "shuffled")
seen = sc.accumulator(0)

def visit(element):
    seen.add(1)
    if element % 100 == 50 and TaskContext.get().attemptNumber() < 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return element % 3, element

def check(pair):
    if TaskContext.get().attemptNumber() == 0:
        raise ValueError("the first attempt")
    return pair

counts = sc.parallelize(range(400), 4).map(visit).reduceByKey(lambda a, b: a + b).map(check)
print(sorted(counts.collect()), seen.value)
print(counts.count(), seen.value)
"""


def test_a_stage_before_a_shuffle_counts_once_though_both_stages_fail_at_first(python: Run) -> None:
    done = python("-c", BEFORE_SHUFFLE)
    sums = [(rest, sum(range(rest, 400, 3))) for rest in range(3)]
    assert done.stdout.splitlines() == [f"{sums} 400", "3 400"]


FAILURES = """
from pyspark import SparkContext, TaskContext
from py4j.protocol import Py4JJavaError

sc = SparkContext("local[2{tries}]", "failures")
attempts, failed = sc.accumulator(0), sc.accumulator(0)

def flaky(element):
    attempts.add(1)
    if TaskContext.get().attemptNumber() < {failures}:
        failed.add(1)
        raise ValueError("flaky")
    return element

try:
    print(sc.parallelize(range(10), 2).map(flaky).sum())
except Py4JJavaError as error:
    print("ValueError: flaky" in str(error))
print(attempts.value, failed.value, sc.parallelize([1]).count())
"""


@pytest.mark.parametrize(
    ("tries", "failures", "outcome"),
    [("", 1, "True"), (",2", 1, "45"), (",2", 2, "True"), (",4", 3, "45")],
)
def test_a_task_is_tried_as_often_as_the_master_says(python: Run, tries: str, failures: int, outcome: str) -> None:
    done = python("-c", FAILURES.format(tries=tries, failures=failures))
    # Attempts that fail count nothing.
    counted = "10 0 1" if outcome == "45" else "0 0 1"
    assert done.stdout.splitlines() == [outcome, counted]


UNREAD = """
import os
from pyspark import SparkContext

sc = SparkContext("local[1]", "unread")
numbers = sc.parallelize(list(range(100)), 20)
{param}

def look(elements):
    seen.add({{os.getpid()}})

def look_at_one(elements):
    next(elements)
    seen.add({{os.getpid()}})

sc.parallelize([], 20).foreachPartition(look)
numbers.foreachPartition(look)
numbers.foreachPartition(look_at_one)
print(len(seen.value), numbers.map(lambda x: x + 1).sum(), sc.parallelize(range(100), 2).take(3))
"""

SETS = """
from pyspark.accumulators import AccumulatorParam

class Sets(AccumulatorParam):
    def zero(self, value):
        return set()

    def addInPlace(self, one, other):
        one |= other
        return one

seen = sc.accumulator(set(), Sets())
"""


def test_a_worker_serves_on_after_functions_that_read_none_or_a_part_of_their_input(python: Run) -> None:
    done = python("-c", UNREAD.format(param=SETS))
    assert done.stdout.splitlines() == ["1 5050 [0, 1, 2]"]
