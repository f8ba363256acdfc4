"""Runs the examples of PySpark's reference against the engine.

    python tests/reference/run_reference.py [pattern] [--verbose]

A process runs the examples of one module (or a part of them), one after the other, in one session. Where it hangs or
dies, the example it was at fails and a new process goes on with the next. Examples in gaps.txt must fail.
"""

import argparse
import doctest
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch

import reference
from reference import Module

sys.path.insert(1, str(reference.HERE.parent))

from served import ServedProcess

START_SECONDS = 120
EXAMPLE_SECONDS = 60


@dataclass
class Result:
    """One docstring: how many statements it has, and what was wrong, as `doctest` reports it."""

    name: str
    statements: int
    failed: int
    report: str
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.failed == 0


class Process:
    """A process that runs examples of a module; see `serve`."""

    def __init__(self, module: Module):
        self.directory = tempfile.TemporaryDirectory(prefix="reference-", ignore_cleanup_errors=True)
        environment = dict(
            os.environ,
            TZ="UTC",
            LC_ALL="C.UTF-8",
            PYTHONHASHSEED="0",
            PYTHONPATH=os.pathsep.join([str(reference.HERE), *filter(None, [os.environ.get("PYTHONPATH")])]),
            PYSPARK_PYTHON=sys.executable,
            SPARK_LOCAL_IP="127.0.0.1",
            TMPDIR=self.directory.name,
        )
        command = [sys.executable, __file__, "--serve", module.name]
        with open(os.path.join(self.directory.name, "stdout.txt"), "ab") as output:
            self.process = ServedProcess(command, self.directory.name, environment, output, START_SECONDS)

    @property
    def alive(self) -> bool:
        return self.process.alive

    def run(self, name: str) -> Result:
        began = time.monotonic()
        answer = self.process.ask(name, EXAMPLE_SECONDS)
        if answer is None:
            return Result(name, 1, 1, self.process.last_errors())
        return Result(name, seconds=time.monotonic() - began, **answer)

    def close(self) -> None:
        self.process.close()
        self.directory.cleanup()


def run_examples(module: Module, names: list[str]) -> Iterator[Result]:
    """The results of some of a module's examples, in their order."""
    process = None
    try:
        for name in names:
            if process is None or not process.alive:
                if process is not None:
                    process.close()
                process = Process(module)
            yield process.run(name)
    finally:
        if process is not None:
            process.close()


def run(chosen: dict[str, list[str]], processes: int = 2) -> dict[str, Result]:
    """The results of the chosen examples (names by module), several processes at a time."""
    parts = []
    for module_name, names in chosen.items():
        module = reference.module(module_name)
        size = -(-len(names) // module.parts)
        parts += [(module, names[at : at + size]) for at in range(0, len(names), max(size, 1))]
    with ThreadPoolExecutor(processes) as pool:
        done = pool.map(lambda part: list(run_examples(*part)), parts)
        return {result.name: result for results in done for result in results}


def serve(module: Module, results: int) -> None:
    """Run the examples whose names come on standard input; write a line with the outcome of each to `results`."""
    from pyspark.sql import SparkSession

    globs = module.load().__dict__.copy()
    globs["spark"] = SparkSession.builder.master("local[4]").appName(module.name).getOrCreate()
    exec(module.prelude, globs)
    tests = {test.name: test for test in reference.examples(module, globs)}
    with os.fdopen(results, "w", buffering=1) as answers:
        answers.write("{}\n")
        for line in sys.stdin:
            test, report = tests[line.strip()], io.StringIO()
            runner = doctest.DocTestRunner(verbose=False, optionflags=module.options)
            failed, statements = runner.run(test, out=report.write)
            answer = {"statements": statements, "failed": failed, "report": report.getvalue()}
            answers.write(json.dumps(answer) + "\n")
    globs["spark"].stop()


def report(results: dict[str, Result], verbose: bool) -> bool:
    """Print what fails and is not a known gap, and the sums by module."""
    known, right = reference.gaps(), True
    for result in results.values():
        if result.passed and result.name in known:
            right = False
            print(f"FAILED {result.name}: it passes now, remove it from gaps.txt")
        elif not result.passed and (verbose or result.name not in known):
            right = right and result.name in known
            print(f"{'GAP   ' if result.name in known else 'FAILED'} {result.name}\n{result.report}")
    for module in reference.MODULES:
        of_module = [r for name in reference.names(module) if (r := results.get(name))]
        if of_module:
            passed = sum(r.passed for r in of_module)
            statements, failed = sum(r.statements for r in of_module), sum(r.failed for r in of_module)
            print(
                f"{module.name}: {passed} of {len(of_module)} docstrings, {statements - failed} of {statements} lines"
            )
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pattern", nargs="?", default="", help="part of an example's name, or a pattern with wildcards")
    parser.add_argument("--verbose", action="store_true", help="show the known gaps' differences too")
    parser.add_argument("--serve", metavar="MODULE", help=argparse.SUPPRESS)
    parser.add_argument("--results", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(reference.module(arguments.serve), arguments.results)
        return 0
    pattern = arguments.pattern if any(c in arguments.pattern for c in "*?[") else f"*{arguments.pattern}*"
    chosen = {m.name: [n for n in reference.names(m) if fnmatch(n, pattern)] for m in reference.MODULES}
    return 0 if report(run(chosen), arguments.verbose) else 1


if __name__ == "__main__":
    sys.exit(main())
