"""What a task costs by itself: a job of 1,000 tasks whose function has nothing to do."""

import json
import statistics
import time

from processes import cpu_seconds
from pyspark import SparkConf, SparkContext

TASKS = 1000
JOBS = 5


def nothing(_element) -> None:
    """What the tasks would do for each element, if they had one."""


def main() -> None:
    """The median of some jobs, after one that warms up."""
    sc = SparkContext(conf=SparkConf().setMaster("local[2]").setAppName("tasks").set("spark.ui.enabled", "false"))
    sc.setLogLevel("ERROR")
    empty = sc.parallelize([], TASKS)
    wall, cpu = [], []
    for _ in range(1 + JOBS):
        start, cpu_start = time.perf_counter(), cpu_seconds()
        empty.foreach(nothing)
        wall.append((time.perf_counter() - start) * 1000 / TASKS)
        cpu.append((cpu_seconds() - cpu_start) * 1000 / TASKS)
    sc.stop()
    found = {
        "a task of nothing, ms": statistics.median(wall[1:]),
        "a task of nothing, CPU ms": statistics.median(cpu[1:]),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
