"""The examples of the classic guide print what they print on Apache Spark."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import run_seed

GAPS = {
    line.split()[0]
    for line in (Path(__file__).resolve().parent / "gaps.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
}


def passes(name):
    return run_seed.run(name) == (run_seed.EXAMPLES / f"{name}.out").read_text("utf-8")


@pytest.mark.parametrize("name", [name for name in run_seed.names() if name not in GAPS])
def test_example(name):
    assert run_seed.run(name) == (run_seed.EXAMPLES / f"{name}.out").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(GAPS))
def test_gap_is_still_one(name):
    assert not passes(name), f"{name} passes now: remove it from gaps.txt"
