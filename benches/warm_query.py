"""`spark.range(10).count()` in a session that has run it before, the client included: milliseconds, median and 99th percentile.

With a Spark Connect server's address in `SPARK_REMOTE` the script measures that server.
"""

import json
import os
import statistics
import time

from pyspark.sql import SparkSession

WARM_UP = 50
QUERIES = 300


def main() -> None:
    """Prints the figures as JSON."""
    builder = SparkSession.builder if "SPARK_REMOTE" in os.environ else SparkSession.builder.master("local[*]")
    spark = builder.getOrCreate()
    times = []
    for _ in range(WARM_UP + QUERIES):
        started = time.perf_counter()
        assert spark.range(10).count() == 10
        times.append((time.perf_counter() - started) * 1000)
    times = sorted(times[WARM_UP:])
    print(json.dumps({"median, ms": statistics.median(times), "p99, ms": times[len(times) * 99 // 100]}))


if __name__ == "__main__":
    main()
