"""Firesteel beside Apache Spark, on this machine, in the same run: `make bench` prints the table.

Every measure is a small PySpark script in this directory, run by both, that prints its figures as JSON: `{"name": number}`.
Apache Spark runs where `--spark PYTHON` has `pyspark==4.2.0` and the machine has Java; without it that column is empty.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
MEASURES = {
    "start_up.py": 3,
    "micro_batch.py": 1,
}
"""Scripts, and how often each is run: the median counts."""


def figures(python: str, script: str, directory: Path) -> dict[str, float]:
    """What one run of a script measures; `wall` of the whole process is added for scripts that print nothing."""
    started = time.perf_counter()
    environment = {**os.environ, "BENCH_DIR": str(directory), "PYTHONUNBUFFERED": "1"}
    done = subprocess.run([python, str(HERE / script)], capture_output=True, text=True, env=environment, timeout=900)
    wall = time.perf_counter() - started
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
        return {}
    last = done.stdout.strip().splitlines()[-1]
    found = json.loads(last) if last.startswith("{") else {}
    return {f"{Path(script).stem}: {name}": value for name, value in (found or {"process, seconds": wall}).items()}


def column(python: str | None, directory: Path) -> dict[str, float]:
    """All measures under one Python."""
    results: dict[str, list[float]] = {}
    for script, times in MEASURES.items() if python else ():
        for _ in range(times):
            for name, value in figures(python or "", script, directory).items():
                results.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in results.items()}


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Compare Firesteel with Apache Spark on this machine.")
    parser.add_argument("--spark", metavar="PYTHON", default=os.environ.get("SPARK_PYTHON"), help="has pyspark==4.2.0")
    parser.add_argument("--dir", type=Path, default=Path("target/bench"), help="where data and checkpoints go")
    options = parser.parse_args()
    directory = options.dir.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    ours, theirs = column(sys.executable, directory), column(options.spark, directory)
    print("| measure | Firesteel | Apache Spark | ratio |\n|---|---:|---:|---:|")
    for name in {**ours, **theirs}:
        mine, other = ours.get(name), theirs.get(name)
        cells = [f"{value:.3g}" if value is not None else "" for value in (mine, other)]
        ratio = f"{other / mine:.1f}" if mine and other else ""
        print(f"| {name} | {cells[0]} | {cells[1]} | {ratio} |")


if __name__ == "__main__":
    main()
