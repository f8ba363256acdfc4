"""The RDD API's public names and signatures, against those that Apache Spark 4.2 has.

The differential case `rdd/public_names` holds what Apache Spark's own classes print; this test needs no engine.
"""

import inspect
from pathlib import Path

import pytest

RECORDED = Path(__file__).resolve().parents[2] / "tests/differential/cases/rdd/public_names.out"


@pytest.mark.parametrize("owner", ["RDD", "RDDBarrier"])
def test_public_methods_and_parameters_are_those_of_spark(owner: str) -> None:
    from firesteel.classic import rdd

    recorded = [line.split(" ", 2) for line in RECORDED.read_text().splitlines() if line.startswith(owner + " ")]
    assert len(recorded) >= 2
    ours = getattr(rdd, owner)
    for _, name, *_rest in recorded:
        assert hasattr(ours, name), f"{owner}.{name} is missing"
    named = {name for _, name, *_rest in recorded}
    extra = {name for name in dir(ours) if not name.startswith("_") and callable(getattr(ours, name))} - named
    assert not extra, f"{owner} has public methods that Apache Spark has not: {extra}"
    for _, name, *rest in recorded:
        if rest:
            parameters = inspect.signature(inspect.getattr_static(ours, name)).parameters
            assert rest[0].count("('") == len(parameters), f"{owner}.{name}: {rest[0]}"


def test_every_public_method_is_documented() -> None:
    from firesteel.classic.rdd import RDD, RDDBarrier

    for owner in (RDD, RDDBarrier):
        for name in dir(owner):
            if not name.startswith("_") and callable(getattr(owner, name)):
                assert getattr(owner, name).__doc__, f"{owner.__name__}.{name} has no documentation"
