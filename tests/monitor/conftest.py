"""What the tests of monitoring share: programs that stream, in a directory with configuration files of their own."""

import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Batches with data until the program is told to stop, or for so many seconds; then the last progress is there.
STREAM = """
import os, sys, time
from pyspark.sql import SparkSession
builder = SparkSession.builder.appName("my app").master("local[2]")
for setting in sys.argv[2:]:
    builder = builder.config(*setting.split("=", 1))
spark = builder.getOrCreate()
rows = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
query = rows.writeStream.queryName("clicks").format("noop").option("checkpointLocation", "checkpoint")
query = query.trigger(processingTime="1 second").start()
print("UI", spark.sparkContext.uiWebUrl, flush=True)
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until and not os.path.exists("stop"):
    time.sleep(0.05)
query.stop()
spark.stop()
"""


def wait_until(condition: Callable[[], object], seconds: float = 60) -> object:
    """What the condition gives when it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"nothing after {seconds} seconds")


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port that no one has now."""
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """A program that streams; it ends when told."""

    def __init__(self, directory: Path, environment: dict[str, str], arguments: list[str]) -> None:
        self.directory = directory
        self.stdout, self.stderr = directory / "stdout", directory / "stderr"
        with self.stdout.open("wb") as out, self.stderr.open("wb") as error:
            command = [sys.executable, "stream.py", *arguments]
            self.process = subprocess.Popen(command, cwd=directory, env=environment, stdout=out, stderr=error)

    @property
    def output(self) -> str:
        """What it has printed so far, on both."""
        return self.stdout.read_text() + self.stderr.read_text()

    def stop(self) -> str:
        """Ends it; what it has printed."""
        (self.directory / "stop").touch()
        assert self.process.wait(60) == 0, self.output
        return self.output


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts a program with configuration files (name to text) in its configuration directory, and settings."""
    started: list[Program] = []

    def start(files: dict[str, str] | None = None, *settings: str, seconds: float = 60) -> Program:
        (tmp_path / "conf").mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (tmp_path / "conf" / name).write_text(textwrap.dedent(text))
        (tmp_path / "stream.py").write_text(STREAM)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPARK_", "OTEL_"))}
        environment["SPARK_CONF_DIR"] = str(tmp_path / "conf")
        started.append(Program(tmp_path, environment, [str(seconds), *settings]))
        return started[-1]

    yield start
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()
