"""CSV of 500 MB: read with `inferSchema`, `repartition(100)`, written as CSV. Wall seconds and CPU seconds of all processes.

The rows are made once, in `BENCH_DIR`. `CSV_MB` sets another size. The script fails if there are not 100 files, or if a column
has not the type that Spark infers.
"""

import json
import os
import time
from pathlib import Path

from processes import cpu_seconds
from pyspark.sql import SparkSession

MEGABYTES = int(os.environ.get("CSV_MB", "500"))
TYPES = ["int", "string", "double", "date", "timestamp", "boolean", "bigint"]


def data() -> Path:
    """The file; made if it is not there."""
    path = Path(os.environ.get("BENCH_DIR", "target/bench")) / f"rows-{MEGABYTES}.csv"
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("w") as out:
            out.write("id,name,price,day,at,paid,account\n")
            first = 0
            while out.tell() < MEGABYTES << 20:
                lines = []
                for row in range(first, first + 10_000):
                    day = f"20{row % 20 + 10}-{row % 12 + 1:02}-{row % 28 + 1:02}"
                    name, price, clock = f"customer {row * 7919 % 1_000_003}", row % 100_000 / 100, f"{row % 60:02}"
                    paid, account = str(row % 3 == 0).lower(), 10_000_000_000 + row * 104_729
                    lines.append(f"{row},{name},{price},{day},{day} 12:{clock}:{clock},{paid},{account}\n")
                first += 10_000
                out.writelines(lines)
        part.rename(path)
    return path


def main() -> None:
    """Prints the figures as JSON."""
    source = data()
    target = source.with_name("written")
    spark = SparkSession.builder.master("local[*]").getOrCreate()
    assert spark.range(10).count() == 10
    cpu, started = cpu_seconds(), time.perf_counter()
    rows = spark.read.csv(str(source), header=True, inferSchema=True)
    rows.repartition(100).write.mode("overwrite").option("header", True).csv(str(target))
    wall = time.perf_counter() - started
    cpu = cpu_seconds() - cpu
    assert [kind for _, kind in rows.dtypes] == TYPES, rows.dtypes
    assert len(list(target.glob("part-*"))) == 100
    print(json.dumps({f"{MEGABYTES} MB, s": wall, "CPU of all processes, s": cpu}))


if __name__ == "__main__":
    main()
