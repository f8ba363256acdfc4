"""The examples of the classic guide print what they print on Apache Spark."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import run_seed


@pytest.mark.parametrize("name", run_seed.names())
def test_example(name):
    assert run_seed.run(name) == (run_seed.EXAMPLES / f"{name}.out").read_text("utf-8")
