"""HyperLogLog and histograms: how good the estimates are, and where buckets begin and end."""

import pytest
from firesteel.classic.tasks import hyperloglog
from firesteel.classic.tasks.histogram import Buckets


@pytest.fixture(autouse=True)
def seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Integers hash the same everywhere, but the step asks for a seed."""
    monkeypatch.setenv("PYTHONHASHSEED", "0")


@pytest.mark.parametrize("deviation", [0.2, 0.05, 0.01])
@pytest.mark.parametrize("count", [0, 1, 2, 17, 1000, 30000])
def test_estimates_stay_within_four_deviations(deviation: float, count: int) -> None:
    precision = hyperloglog.precision_of(deviation)
    sketches = [hyperloglog.sketched(precision, 0, range(start, count, 3))[0] for start in range(3)]
    found = hyperloglog.estimate(precision, hyperloglog.merge(sketches))
    assert abs(found - count) <= 4 * deviation * count + 0.5


def test_estimates_have_no_bias() -> None:
    precision = hyperloglog.precision_of(0.1)
    for count in (50, 300, 3000):
        errors = []
        for trial in range(100):
            numbers = range(trial * count, (trial + 1) * count)
            registers = hyperloglog.sketched(precision, 0, numbers)[0]
            errors.append(hyperloglog.estimate(precision, registers) / count - 1)
        assert abs(sum(errors) / len(errors)) < 4 * 0.1 / 10


def test_repeated_elements_change_nothing() -> None:
    once, often = (hyperloglog.sketched(9, 0, numbers)[0] for numbers in (range(100), [*range(100)] * 7))
    assert once == often


@pytest.mark.parametrize(("deviation", "precision"), [(0.05, 9), (0.01, 14), (1.0, 4), (0.000017, 32)])
def test_precision(deviation: float, precision: int) -> None:
    assert hyperloglog.precision_of(deviation) == precision


def test_the_last_bucket_has_its_upper_bound() -> None:
    assert Buckets.between([0, 5, 10])(0, [0, 4, 5, 10, 11, -1]) == [[2, 2]]
    assert Buckets.between([0, 4, 10])(0, [0, 4, 10]) == [[1, 2]]


def test_even_buckets_are_whole_where_they_can_be() -> None:
    assert Buckets.even(2, 0, 50).bounds == [0, 25, 50]
    assert Buckets.even(2, 1, 4).bounds == [1, 2.5, 4]
