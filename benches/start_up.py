"""From the start of the process to the first result, and what the client's own imports take of it."""

import json
import time

born = time.clock_gettime(time.CLOCK_MONOTONIC)
with open("/proc/self/stat") as stat:
    ticks = int(stat.read().rsplit(")", 1)[1].split()[19])
with open("/proc/uptime") as uptime:
    age = float(uptime.read().split()[0]) - ticks / 100

from pyspark.sql import SparkSession  # noqa: E402

spark = SparkSession.builder.master("local[2]").getOrCreate()
created = time.clock_gettime(time.CLOCK_MONOTONIC)
assert spark.range(10).count() == 10
counted = time.clock_gettime(time.CLOCK_MONOTONIC)
print(json.dumps({"to the first result, s": counted - born + age, "of it the first call, s": counted - created}))
