"""Runs the examples of the classic guide, each in a process and a directory of its own: `--record` or `--check`.

An example's standard output (and what it logs itself, on standard error) is compared after what no two runs
have in common is replaced: ids, times, durations, rates, and the batches in which nothing happened.
"""

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent / "examples"
ARGUMENTS = {"deploying_my_spark_test_job": ["one", "two"]}

REPLACED = [
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "<time>"),
    (re.compile(r'("(?:\w+PerSecond|batchDuration)": )[-\d.E]+'), r"\1<number>"),
    (re.compile(r'("durationMs": \{)[^}]*\}'), r"\1<durations>}"),
    (re.compile(r"'message': '[^']*', 'isDataAvailable': \w+, 'isTriggerActive': \w+"), "<status>"),
    (re.compile(r'("description": )"[^"]*"'), r"\1<description>"),
    (re.compile(r"-{43}\nTime: [-\d: ]+\n-{43}\n\n*"), ""),
]


def prepare(directory: str) -> None:
    """The files that examples read from their working directory."""
    os.makedirs(os.path.join(directory, "input"))
    Path(directory, "input", "a.csv").write_text("1,one\n2,two\n")
    Path(directory, "large_data.csv").write_text("".join(f"{i},name{i},{i / 4}\n" for i in range(1000)))


def run(name: str, timeout_seconds: float = 120) -> str:
    """What the example prints, made comparable."""
    with tempfile.TemporaryDirectory(prefix="seed-") as directory:
        prepare(directory)
        environment = dict(
            os.environ, TZ="UTC", LC_ALL="C.UTF-8", PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1"
        )
        command = [sys.executable, str(EXAMPLES / f"{name}.py"), *ARGUMENTS.get(name, [])]
        done = subprocess.run(
            command, cwd=directory, env=environment, capture_output=True, text=True, timeout=timeout_seconds
        )
    if done.returncode != 0:
        return f"exit status {done.returncode}\n{done.stdout}\n{done.stderr[-3000:]}"
    logged = "".join(line + "\n" for line in done.stderr.splitlines() if line.startswith("INFO:__main__:"))
    return comparable(done.stdout + logged)


def comparable(text: str) -> str:
    for pattern, replacement in REPLACED:
        text = pattern.sub(replacement, text)
    return text


def names(pattern: str = "") -> list[str]:
    return sorted(p.stem for p in EXAMPLES.glob("*.py") if pattern in p.stem)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--record", action="store_true")
    what.add_argument("--check", action="store_true")
    parser.add_argument("pattern", nargs="?", default="")
    arguments = parser.parse_args()
    failed = 0
    for name in names(arguments.pattern):
        recorded, output = EXAMPLES / f"{name}.out", run(name)
        if arguments.record:
            recorded.write_text(output, "utf-8")
            print("recorded", name, flush=True)
        elif output != recorded.read_text("utf-8"):
            failed += 1
            print("FAILED", name)
            expected = recorded.read_text("utf-8").splitlines()
            print("\n".join(difflib.unified_diff(expected, output.splitlines(), lineterm="")), flush=True)
    if arguments.check:
        print(f"{len(names(arguments.pattern)) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
