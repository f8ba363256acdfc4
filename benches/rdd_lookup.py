"""Five million lines, each looked up in a broadcast dictionary and counted by one of two accumulators."""

import json
import time

from processes import cpu_seconds
from pyspark import SparkConf, SparkContext
from text import KEYS, LINES, lines


def main() -> None:
    """Runs `foreach`; the context is there already, and so are its workers."""
    path = lines()
    sc = SparkContext(conf=SparkConf().setMaster("local[2]").setAppName("lookup").set("spark.ui.enabled", "false"))
    sc.setLogLevel("ERROR")
    assert sc.parallelize(range(100), 2).map(lambda n: n + 1).count() == 100
    table = sc.broadcast({f"user{key}": key for key in range(0, KEYS, 2)})
    known, unknown = sc.accumulator(0), sc.accumulator(0)

    def look_up(line: str) -> None:
        key, _, number = line.partition(",")
        if key in table.value:
            known.add(int(number))
        else:
            unknown.add(1)

    start, cpu = time.perf_counter(), cpu_seconds()
    sc.textFile(str(path)).foreach(look_up)
    found = {"5 M lines, s": time.perf_counter() - start, "5 M lines, CPU s": cpu_seconds() - cpu}
    assert 0.49 < unknown.value / LINES < 0.51 and known.value > 0, (known.value, unknown.value)
    sc.stop()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
