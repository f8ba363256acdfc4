"""TPC-H at scale 1 through the Python client: Q1, Q3, Q5, Q18, and all 22 queries, in seconds, the best of three runs each.

The data is made once, in `BENCH_DIR`, by the command `tpchgen-cli` (`pip install tpchgen-cli`, or `$TPCHGEN`). Where it is not
there, nothing is measured. Firesteel and Spark have 4 GB each. With `--duckdb` as its argument the script measures DuckDB
instead, for orientation.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

QUERIES = Path(__file__).resolve().parent.parent / "tests" / "tpch" / "queries"
SCALE = os.environ.get("TPCH_SCALE", "1")
SHOWN = ("q01", "q03", "q05", "q18")


def data() -> Path | None:
    """The directory with the tables as parquet files; made if it is not there and can be."""
    directory = Path(os.environ.get("BENCH_DIR", "target/bench")) / f"tpch-{SCALE}"
    if not (directory / "lineitem.parquet").exists():
        tool = os.environ.get("TPCHGEN") or shutil.which("tpchgen-cli")
        if tool is None:
            return None
        directory.mkdir(parents=True, exist_ok=True)
        subprocess.run([tool, "parquet", "-s", SCALE, f"--output-dir={directory}"], check=True, capture_output=True)
    return directory


def spark(directory: Path) -> Callable[[str], object]:
    """Runs a query in whichever engine `pyspark` is."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    if "SPARK_REMOTE" not in os.environ:
        builder = builder.master("local[*]").config("spark.driver.memory", "4g")
    session = builder.getOrCreate()
    for table in directory.glob("*.parquet"):
        session.read.parquet(str(table)).createOrReplaceTempView(table.stem)
    return lambda query: session.sql(query).collect()


def duckdb(directory: Path) -> Callable[[str], object]:
    """Runs a query in DuckDB."""
    import duckdb as engine

    connection = engine.connect()
    for table in directory.glob("*.parquet"):
        connection.execute(f"CREATE VIEW {table.stem} AS SELECT * FROM '{table}'")
    return lambda query: connection.execute(query).fetchall()


def main() -> None:
    """Prints the figures as JSON."""
    directory = data()
    if directory is None:
        print(json.dumps({}))
        return
    run = duckdb(directory) if "--duckdb" in sys.argv else spark(directory)
    best = {}
    for query in sorted(QUERIES.glob("*.sql")):
        text = query.read_text()
        times = []
        for _ in range(3):
            started = time.perf_counter()
            run(text)
            times.append(time.perf_counter() - started)
        best[query.stem] = min(times)
    print(json.dumps({f"{name}, s": best[name] for name in SHOWN} | {"all 22, s": sum(best.values())}))


if __name__ == "__main__":
    main()
