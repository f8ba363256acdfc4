"""Runs the differential suite: `--record` writes what Apache Spark prints, `--check` compares another engine with it.

    python tests/differential/run.py --record [pattern]    a Python with `pyspark` (needs Java)
    python tests/differential/run.py --check [pattern]     a Python with the engine under test
    ... --check --remote URL                               any Spark Connect server

Cases run many to a process (see worker.py). A case that hangs costs its process: it is ended, the case fails,
and the next one gets a new process. Cases listed in gaps.txt are expected to fail, and must.
"""

import argparse
import difflib
import itertools
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass

import suite
from suite import Case

sys.path.insert(1, str(suite.HERE.parent))

from served import ServedProcess

START_SECONDS = 300


@dataclass
class Result:
    """What one case printed, and why it could not finish, if so."""

    case: Case
    output: str
    failure: str | None
    seconds: float = 0.0

    def problem(self) -> str | None:
        """None where the output is the recorded one, otherwise what to show to the reader."""
        if self.failure:
            return shortened(self.failure + (f"--- output until then\n{self.output}" if self.output else ""))
        if not self.case.recorded.exists():
            return "nothing is recorded for this case"
        expected = self.case.recorded.read_text("utf-8")
        if self.output == expected:
            return None
        lines = difflib.unified_diff(
            expected.splitlines(), self.output.splitlines(), "recorded", "this engine", lineterm="", n=2
        )
        return shortened("\n".join(lines)) or "differs in the newline at the end"


def shortened(text: str, lines_max: int = 60) -> str:
    """The text without its middle part where it is long."""
    lines = text.splitlines()
    if len(lines) <= lines_max:
        return text
    half = lines_max // 2
    return "\n".join([*lines[:half], f"... {len(lines) - 2 * half} lines ...", *lines[-half:]])


class Worker:
    """A process that runs cases, with its scratch directory."""

    def __init__(self, remote: str | None = None, isolated: bool = False):
        self.work_dir = tempfile.mkdtemp(prefix="differential-")
        capture = os.path.join(self.work_dir, "stdout.txt")
        command = [sys.executable, str(suite.HERE / "worker.py"), "--work-dir", self.work_dir]
        command += ["--remote", remote] if remote else []
        command += ["--isolated"] if isolated else []
        values = environment(capture, self.work_dir)
        # In append mode, so that what the engine writes to it stands in order.
        with open(capture, "ab") as output:
            self.process = ServedProcess(command, self.work_dir, values, output, START_SECONDS)

    @property
    def alive(self) -> bool:
        return self.process.alive

    def run(self, case: Case, timeout_seconds: float) -> Result:
        """Run one case; where the process dies or takes too long, the worker is not alive any more."""
        began = time.monotonic()
        answer = self.process.ask(case.name, timeout_seconds)
        seconds = time.monotonic() - began
        if answer is None:
            return Result(case, "", self.process.last_errors(), seconds)
        return Result(case, answer["output"], answer["failure"], seconds)

    def close(self) -> None:
        """End the process with all it started, and remove the scratch directory."""
        self.process.close()
        shutil.rmtree(self.work_dir, ignore_errors=True)


def environment(capture: str, work_dir: str) -> dict[str, str]:
    """The environment of a worker: the same clock, language and hash seed everywhere."""
    values = dict(os.environ)
    values.update(
        TZ="UTC",
        LC_ALL="C.UTF-8",
        PYTHONHASHSEED="0",
        PYTHONWARNINGS="ignore",
        PYTHONIOENCODING="utf-8",
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONPATH=str(suite.HERE),
        PYSPARK_PYTHON=sys.executable,
        CAPTURE_FILE=capture,
        TMPDIR=work_dir,
        SPARK_LOCAL_IP="127.0.0.1",
    )
    return values


def run_cases(cases: list[Case], timeout_seconds: float = 60, remote: str | None = None):
    """Run the cases in order, giving each result as it comes."""
    worker = None
    try:
        for case in cases:
            if case.isolated:
                own = Worker(remote, isolated=True)
                yield own.run(case, timeout_seconds)
                own.close()
                continue
            if worker is None or not worker.alive:
                if worker is not None:
                    worker.close()
                worker = Worker(remote)
            yield worker.run(case, timeout_seconds)
    finally:
        if worker is not None:
            worker.close()


def record(cases: list[Case], timeout_seconds: float) -> bool:
    """Write what this engine prints as the expected output; refuse for a case that raised."""
    failed = 0
    plain = run_cases([c for c in cases if not c.connect], timeout_seconds)
    through_server = run_cases([c for c in cases if c.connect], timeout_seconds, remote="local[2]")
    for result in itertools.chain(plain, through_server):
        if result.failure:
            failed += 1
            print(f"FAILED   {result.case.name}\n{result.problem()}", flush=True)
            continue
        result.case.recorded.write_text(result.output, "utf-8")
        print(f"recorded {result.case.name} ({result.seconds:.1f} s)", flush=True)
    print(f"{len(cases) - failed} recorded, {failed} failed")
    return failed == 0


def check(cases: list[Case], timeout_seconds: float, remote: str | None) -> bool:
    """Compare each case with its recording; known gaps must fail."""
    known = suite.gaps()
    passed = failed = gap = 0
    for name in sorted(set(known) - {c.name for c in suite.cases()}):
        failed += 1
        print(f"FAILED {name}: gaps.txt names a case that is not there")
    for result in run_cases(cases, timeout_seconds, remote):
        name, problem = result.case.name, result.problem()
        if problem is None and name in known:
            failed += 1
            print(f"FAILED {name}: it passes now, remove it from gaps.txt", flush=True)
        elif problem is None:
            passed += 1
        elif name in known:
            gap += 1
        else:
            failed += 1
            print(f"FAILED {name} ({result.seconds:.1f} s)\n{problem}\n", flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {gap} known gaps" if gap else ""))
    return failed == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--record", action="store_true", help="write the expected output from this Python's Spark")
    what.add_argument("--check", action="store_true", help="compare with the expected output")
    what.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("pattern", nargs="?", default="", help="part of a case's name, or a pattern with wildcards")
    parser.add_argument("--new", action="store_true", help="only cases that have no recording yet")
    parser.add_argument("--timeout", type=float, default=60, help="seconds a case may take")
    parser.add_argument("--remote", help="address of a Spark Connect server to check (or local[N] with pyspark)")
    arguments = parser.parse_args()
    chosen = suite.cases(arguments.pattern)
    if arguments.new:
        chosen = [c for c in chosen if not c.recorded.exists()]
    if arguments.list:
        print("\n".join(c.name for c in chosen))
        return 0
    if arguments.record:
        return 0 if record(chosen, arguments.timeout) else 1
    return 0 if check(chosen, arguments.timeout, arguments.remote) else 1


if __name__ == "__main__":
    sys.exit(main())
