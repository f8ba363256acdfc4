"""Barrier stages of Python functions: whole programs with an engine of their own."""

from conftest import Run

MEETING = """
import time
from pyspark import BarrierTaskContext, SparkContext, TaskContext

sc = SparkContext("local[3]", "barrier")
numbers = sc.parallelize(range(6), 3)

def meet(split, elements):
    context = BarrierTaskContext.get()
    time.sleep(0.2 * split)
    context.barrier()
    met = time.time()
    told = context.allGather(f"ü{split}")
    return [(split, sum(elements), met, told, [info.address for info in context.getTaskInfos()])]

met = numbers.barrier().mapPartitionsWithIndex(meet).collect()
print(max(row[2] for row in met) - min(row[2] for row in met) < 0.2)
print([(split, total, told, len(addresses)) for split, total, _, told, addresses in met])
print(numbers.map(lambda _: isinstance(TaskContext.get(), BarrierTaskContext)).collect())
"""

ONE_FAILS = """
from pyspark import BarrierTaskContext, SparkContext, SparkConf

sc = SparkContext("local[2]", "barrier", conf=SparkConf().set("spark.barrier.sync.timeout", "1"))

def meet(split, elements):
    if split == 1:
        {what}
    BarrierTaskContext.get().barrier()
    return elements

try:
    sc.parallelize(range(4), 2).barrier().mapPartitionsWithIndex(meet).collect()
except Exception as error:
    print([word for word in ("ValueError: one fails", "spark.barrier.sync.timeout") if word in str(error)])
print(sc.parallelize(range(4), 2).count())
"""


def test_tasks_wait_for_each_other_and_gather_messages(python: Run) -> None:
    told = ["ü0", "ü1", "ü2"]
    rows = [(split, total, told, 3) for split, total in enumerate([1, 5, 9])]
    assert python("-c", MEETING).stdout.splitlines() == ["True", str(rows), str([False] * 6)]


def test_a_task_that_fails_sends_those_that_wait_for_it_away(python: Run) -> None:
    done = python("-c", ONE_FAILS.format(what='raise ValueError("one fails")'))
    assert done.stdout.splitlines() == ["['ValueError: one fails']", "4"]


def test_a_task_that_does_not_come_is_waited_for_as_long_as_the_setting_says(python: Run) -> None:
    done = python("-c", ONE_FAILS.format(what="return elements if not __import__('time').sleep(3) else None"))
    assert done.stdout.splitlines() == ["['spark.barrier.sync.timeout']", "4"]
