"""Word count of 200 MB of text with an RDD, as in every introduction to Spark: flatMap, map, reduceByKey, collect."""

import json
import time
from operator import add

from processes import cpu_seconds
from pyspark import SparkConf, SparkContext
from text import words


def main() -> None:
    """Counts; the context is there already, and so are its workers."""
    path = words()
    sc = SparkContext(conf=SparkConf().setMaster("local[2]").setAppName("words").set("spark.ui.enabled", "false"))
    sc.setLogLevel("ERROR")
    assert sc.parallelize(range(100), 2).map(lambda n: (n % 3, n)).reduceByKey(add).count() == 3
    start, cpu = time.perf_counter(), cpu_seconds()
    lines = sc.textFile(str(path))
    counts = lines.flatMap(lambda line: line.split(" ")).map(lambda word: (word, 1)).reduceByKey(add).collect()
    found = {"200 MB, s": time.perf_counter() - start, "200 MB, CPU s": cpu_seconds() - cpu}
    assert sum(count for _, count in counts) > 24_000_000, len(counts)
    sc.stop()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
