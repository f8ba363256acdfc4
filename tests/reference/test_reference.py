"""The examples of PySpark's reference give what the reference says: a test for each docstring."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import reference
import run_reference

NAMES = {name: module.name for module in reference.MODULES for name in reference.names(module)}


@pytest.fixture(scope="session")
def results(request):
    """The results of all chosen examples, by name."""
    chosen: dict[str, list[str]] = {}
    for item in request.session.items:
        if getattr(item, "originalname", None) == "test_example_of_the_reference":
            name = item.callspec.params["name"]
            chosen.setdefault(NAMES[name], []).append(name)
    return run_reference.run(chosen)


@pytest.mark.parametrize("name", NAMES)
def test_example_of_the_reference(name, results):
    result, reason = results[name], reference.gaps().get(name)
    if reason is None:
        assert result.passed, f"\n{result.report}"
    elif result.passed and not reason.startswith("by chance: "):
        pytest.fail(f"{name} passes now: remove it from gaps.txt")
    elif not result.passed:
        pytest.xfail(reason)


def test_gaps_name_examples_that_exist():
    assert set(reference.gaps()) <= set(NAMES)


def test_most_functions_are_known():
    script = Path(__file__).resolve().parent / "function_coverage.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
