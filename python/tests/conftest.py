"""What the tests of the package share: a clean environment, and scripts run as a user would run them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SPARK_VARIABLES = ("SPARK_", "PYSPARK_", "FIRESTEEL_SUBMITTED", "FIRESTEEL_TOKEN", "MASTER")

# A shell's background job ignores SIGINT, and so would every process that a test starts and then interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away what would change how a session starts."""
    for name in list(os.environ):
        if name.startswith(SPARK_VARIABLES):
            monkeypatch.delenv(name)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in a directory of its own and checks its exit status."""

    def run(*command: str, status: int = 0, **options: object) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, cwd=tmp_path, timeout=120, **options
        )
        assert done.returncode == status, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def python(run: Run) -> Run:
    """Runs this Python."""
    return lambda *arguments, **options: run(sys.executable, *arguments, **options)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A session for all tests of this file."""
    spark = SparkSession.builder.appName("tests").master("local[2]").getOrCreate()
    yield spark
    spark.stop()
