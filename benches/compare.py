"""Firesteel beside Apache Spark, on this machine, in the same run: `make bench` prints the table.

Every measure is a small PySpark script in this directory, run by both in turn, that prints its figures as JSON:
`{"name": number}`. Smaller is better, but for a name that ends with `/s`. A figure is the median of the script's runs.
What has no counterpart in PySpark is an example program of a crate (`RUST`), which prints the same and fills one column.
`--only NAME` runs one of them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = {
    "start_up": 7,
    "micro_batch": 3,
    "socket_latency": 1,
    "state_commit": 1,
    "ad_events": 3,
    "monitoring": 1,
    "tpch": 1,
    "rdd_word_count": 3,
    "multiprocessing_word_count": 3,
    "rdd_lookup": 3,
    "rdd_tasks": 3,
    "dstream_socket": 1,
    "dstream_empty": 1,
    "bench_word_count": 3,
    "bench_sort": 1,
    "bench_socket": 1,
    "csv_files": 1,
    "python_udf": 1,
    "warm_query": 3,
}
"""Scripts and programs, and how often each is run."""

LIMIT_SECONDS = 900
"""A run that takes longer is given up; its cell stays empty."""

RUST = {"bench_word_count": "firesteel-rdd", "bench_sort": "firesteel-rdd", "bench_socket": "firesteel-dstream"}
"""Programs: examples of a crate."""

MULTIPROCESSING = "multiprocessing_word_count"
"""No engine takes part in it."""

Figures = dict[str, float]


def command(python: str, name: str) -> list[str]:
    """What runs a script or a program."""
    if name in RUST:
        return ["cargo", "run", "--release", "--quiet", "--package", RUST[name], "--example", name]
    return [python, str(HERE / f"{name}.py")]


def run(python: str, name: str, directory: Path) -> Figures:
    """What one run of a script or program measures; nothing if it fails, and why goes to standard error."""
    environment = {**os.environ, "BENCH_DIR": str(directory), "PYTHONUNBUFFERED": "1"}
    try:
        done = subprocess.run(
            command(python, name), capture_output=True, text=True, env=environment, timeout=LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        print(f"{name} took more than {LIMIT_SECONDS} s with {command(python, name)[0]}", file=sys.stderr)
        return {}
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode != 0 or not last.startswith("{"):
        print(f"{name} failed with {command(python, name)[0]}:\n{done.stderr}", file=sys.stderr)
        return {}
    return dict(json.loads(last))


def measure(name: str, pythons: list[str], directory: Path, runs: int) -> Iterator[tuple[str, list[float | None]]]:
    """The medians of one script's figures, one for each Python; the Pythons take turns."""
    found: list[dict[str, list[float]]] = [{} for _ in pythons]
    for number in range(runs):
        for figures, python in zip(found, pythons, strict=True):
            print(f"{name}, run {number + 1} of {runs}: {command(python, name)[0]}", file=sys.stderr)
            for figure, value in run(python, name, directory).items():
                figures.setdefault(figure, []).append(value)
    for figure in {figure: None for figures in found for figure in figures}:
        yield figure, [statistics.median(f[figure]) if figure in f else None for f in found]


def row(name: str, ours: float | None, theirs: float | None) -> str:
    """A line of the table."""
    cells = [f"{value:,.4g}" if value is not None else "" for value in (ours, theirs)]
    better = (ours, theirs) if name.endswith("/s") else (theirs, ours)
    ratio = f"{better[0] / better[1]:.1f}" if better[0] and better[1] else ""
    return f"| {name} | {cells[0]} | {cells[1]} | {ratio} |"


def main() -> None:
    """Prints the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description="Compare Firesteel with Apache Spark on this machine.")
    parser.add_argument("--spark", metavar="PYTHON", default=os.environ.get("SPARK_PYTHON"), help="has pyspark==4.2.0")
    parser.add_argument("--dir", type=Path, default=Path("target/bench"), help="where data and checkpoints go")
    parser.add_argument("--only", action="append", choices=RUNS, help="run this script; may be given more than once")
    parser.add_argument("--runs", type=int, help="run each script so many times")
    options = parser.parse_args()
    directory = options.dir.resolve()
    pythons = [sys.executable, *([options.spark] if options.spark else [])]
    print("| measure | Firesteel | Apache Spark | times better |\n|---|---:|---:|---:|", flush=True)
    for name in options.only or RUNS:
        (directory / name).mkdir(parents=True, exist_ok=True)
        chosen = pythons[:1] if name in (*RUST, MULTIPROCESSING) else pythons
        for figure, values in measure(name, chosen, directory, options.runs or RUNS[name]):
            print(row(f"{name}: {figure}", *(values + [None])[:2]), flush=True)


if __name__ == "__main__":
    main()
