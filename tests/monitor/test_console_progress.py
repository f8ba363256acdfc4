"""The console's progress bar: on a terminal, and nowhere else."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

SLOW = """
import time
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[2]").config("spark.ui.port", "0")
spark = builder.getOrCreate()
spark.sparkContext.parallelize(range(8), 8).map(lambda n: time.sleep(0.4)).count()
slow = spark.range(0, 8, 1, 8).rdd.map(lambda row: time.sleep(0.1)).count()
spark.stop()
print("ended")
"""
BAR = re.compile(r"\[Stage \d+:=*>? *\(\d \+ \d\) / \d\]")


def output_on_terminal(script: Path, environment: dict[str, str]) -> str:
    """What a program prints on a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, str(script)], stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    printed = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            # The other end is closed.
            break
        if not part:
            break
        printed += part
    os.close(ours)
    assert process.wait(60) == 0, printed
    return printed.decode()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A program with a stage that takes a while."""
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    return script


def test_a_terminal_shows_a_bar_of_sparks_shape_and_clears_it(script):
    printed = output_on_terminal(script, {**os.environ, "COLUMNS": "80"})
    bars = BAR.findall(printed)
    assert bars, printed
    assert all(len(bar) <= 80 for bar in bars)
    assert any("(4 + 2) / 8" in bar or "(2 + 2) / 8" in bar for bar in bars), bars
    # What comes after the last bar has the line for itself.
    after = printed.rsplit(bars[-1], 1)[1]
    assert after.startswith("\r" + " " * len(bars[-1]) + "\r"), after


def test_a_setting_turns_it_off(script):
    script.write_text(SLOW.replace('"0")', '"0").config("spark.ui.showConsoleProgress", "false")'))
    assert not BAR.search(output_on_terminal(script, dict(os.environ)))


def test_a_pipe_gets_none(script):
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "ended" in done.stdout, done.stderr
    assert not BAR.search(done.stdout + done.stderr)
