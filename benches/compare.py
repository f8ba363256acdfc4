"""Firesteel beside Apache Spark, Sail and DuckDB, on this machine, in the same run: `make bench` prints the table.

Every measure is a small PySpark script in this directory, run by each engine in turn, that prints its figures as JSON:
`{"name": number}`. Smaller is better, but for a name that ends with `/s`. A figure is the median of the script's runs.
What has no counterpart in PySpark is an example program of a crate (`RUST`), which prints the same and fills one column.
Sail and DuckDB run the scripts that they can run (`SAIL`, `DUCKDB`).
`--only NAME` runs one of them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import partial
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

ALONE = {*RUST, "multiprocessing_word_count", "monitoring"}
"""No other engine takes part in these."""

SAIL = {"tpch", "python_udf", "warm_query"}
"""What Sail runs too; it infers other types of CSV than Spark."""

DUCKDB = {"tpch"}
"""What takes `--duckdb`."""

Figures = dict[str, float]
Run = Callable[["Engine", str], Figures]


@dataclass
class Engine:
    """A column of the table."""

    name: str
    python: str
    runs: Container[str]

    def command(self, script: str) -> list[str]:
        """What runs a script or a program."""
        if script in RUST:
            return ["cargo", "run", "--release", "--quiet", "--package", RUST[script], "--example", script]
        path = str(HERE / f"{script}.py")
        if self.name == "Sail":
            return [self.python, str(HERE / "sail.py"), path]
        return [self.python, path, *(["--duckdb"] if self.name == "DuckDB" else [])]


def engines(options: argparse.Namespace) -> list[Engine]:
    """Firesteel first, and the peers that are there."""
    found = [Engine("Firesteel", sys.executable, RUNS)]
    if options.spark:
        found.append(Engine("Apache Spark", options.spark, RUNS.keys() - ALONE))
    if options.sail:
        found += [Engine("Sail", options.sail, SAIL), Engine("DuckDB", options.sail, DUCKDB)]
    return found


def run(engine: Engine, name: str, directory: Path, tpchgen: str) -> Figures:
    """What one run of a script or program measures; nothing if it fails, and why goes to standard error."""
    environment = {"TPCHGEN": tpchgen, **os.environ, "BENCH_DIR": str(directory), "PYTHONUNBUFFERED": "1"}
    command = engine.command(name)
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"{name} took more than {LIMIT_SECONDS} s with {engine.name}", file=sys.stderr)
        return {}
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode != 0 or not last.startswith("{"):
        print(f"{name} failed with {engine.name}:\n{done.stderr}", file=sys.stderr)
        return {}
    return dict(json.loads(last))


def measure(name: str, taking_part: list[Engine], run_once: Run, runs: int) -> Iterator[tuple[str, dict[str, float]]]:
    """The medians of one script's figures, by engine; the engines take turns."""
    found: dict[str, dict[str, list[float]]] = {}
    for number in range(runs):
        for engine in taking_part:
            print(f"{name}, run {number + 1} of {runs}: {engine.name}", file=sys.stderr)
            for figure, value in run_once(engine, name).items():
                found.setdefault(figure, {}).setdefault(engine.name, []).append(value)
    for figure, values in found.items():
        yield figure, {engine: statistics.median(seen) for engine, seen in values.items()}


def cell(figure: str, values: dict[str, float], engine: str) -> str:
    """An engine's figure, and for a peer how many times better Firesteel is."""
    value, ours = values.get(engine), values.get("Firesteel")
    if value is None:
        return ""
    if engine == "Firesteel" or not ours or not value:
        return f"{value:,.4g}"
    return f"{value:,.4g} ({ours / value if figure.endswith('/s') else value / ours:.1f}x)"


def main() -> None:
    """Prints the table, a line as soon as it is known."""
    parser = argparse.ArgumentParser(
        description="Compare Firesteel with Apache Spark, Sail and DuckDB on this machine."
    )
    parser.add_argument("--spark", metavar="PYTHON", default=os.environ.get("SPARK_PYTHON"), help="has pyspark==4.2.0")
    parser.add_argument("--sail", metavar="PYTHON", default=os.environ.get("SAIL_PYTHON"), help="has pysail and duckdb")
    parser.add_argument("--dir", type=Path, default=Path("target/bench"), help="where data and checkpoints go")
    parser.add_argument("--only", action="append", choices=RUNS, help="run this script; may be given more than once")
    parser.add_argument("--runs", type=int, help="run each script so many times")
    options = parser.parse_args()
    directory = options.dir.resolve()
    columns = engines(options)
    # The peers' environment brings the generator of TPC-H's tables.
    tpchgen = str(Path(options.sail).with_name("tpchgen-cli")) if options.sail else "tpchgen-cli"
    print(f"| measure | {' | '.join(column.name for column in columns)} |\n|---|{'---:|' * len(columns)}", flush=True)
    for name in options.only or RUNS:
        (directory / name).mkdir(parents=True, exist_ok=True)
        taking_part = [column for column in columns if name in column.runs]
        run_once = partial(run, directory=directory, tpchgen=tpchgen)
        for figure, values in measure(name, taking_part, run_once, options.runs or RUNS[name]):
            cells = (cell(figure, values, column.name) for column in columns)
            print(f"| {name}: {figure} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
