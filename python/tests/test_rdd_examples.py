"""The examples of the RDD page run, and print what their twins in Rust print."""

from pathlib import Path

import pytest
from conftest import Run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "rdd"

PRINTED = {
    "accumulators": ["10 words, the longest is Accumulators"],
    "broadcast_variables": ["[1, 2, 3, 0]"],
    "performance_tuning": ["50 2", "[(0, 49500), (1, 49600), (2, 49700)]", "4"],
    "memory_tuning": ["332833500 998001 computed 1000 times", "1000 computed 2000 times"],
    "fault_tolerance": ["90 10 seen", "[(0, 36), (1, 30), (2, 24)] True"],
}


def test_each_example_is_there_in_both_languages() -> None:
    for ending in (".py", ".rs"):
        assert {path.stem for path in EXAMPLES.glob(f"*{ending}")} == set(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_example(name: str, python: Run) -> None:
    assert python(str(EXAMPLES / f"{name}.py")).stdout.splitlines() == PRINTED[name]
