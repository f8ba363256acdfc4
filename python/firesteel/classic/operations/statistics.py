"""Numbers about an RDD: sums, moments, histograms, and estimates."""

import functools
import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.statcounter import StatCounter

from firesteel.classic.tasks import hyperloglog, steps
from firesteel.classic.tasks.histogram import Buckets, comparable

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")

RELATIVE_DEVIATION_MIN = 0.000017


class BoundedFloat(float):
    """An estimate: a number that is, with some confidence, between two others.

    >>> BoundedFloat(100.0, 0.95, 95.0, 105.0)
    100.0
    """

    confidence: float
    low: float
    high: float

    def __new__(cls, mean: float, confidence: float, low: float, high: float) -> "BoundedFloat":
        number = float.__new__(cls, mean)
        number.confidence = confidence
        number.low = low
        number.high = high
        return number


class Statistics:
    """`sum`, `stats`, `histogram` and their kin."""

    def sum(self: "RDD[Any]") -> Any:
        """The sum of the elements.

        >>> sc.parallelize([1.0, 2.0, 3.0]).sum()
        6.0
        """
        return functools.reduce(operator.add, self._step(steps.summed)._results(), 0)

    def stats(self: "RDD[Any]") -> StatCounter:
        """Count, mean, variance, minimum and maximum, all from one look at the elements.

        >>> sc.parallelize(range(4)).stats()
        (count: 4, mean: 1.5, stdev: 1.118033988749895, max: 3.0, min: 0.0)
        """
        return self._step(steps.statistics).reduce(StatCounter.mergeStats)

    def mean(self: "RDD[Any]") -> float:
        """The mean of the elements.

        >>> sc.parallelize([1, 2, 3]).mean()
        2.0
        """
        return self.stats().mean()

    def variance(self: "RDD[Any]") -> float:
        """The variance of the elements.

        >>> sc.parallelize([1, 2, 3]).variance()
        0.6666666666666666
        """
        return self.stats().variance()

    def stdev(self: "RDD[Any]") -> float:
        """The standard deviation of the elements.

        >>> print(sc.parallelize([1, 2, 3]).stdev())
        0.816496580927726
        """
        return self.stats().stdev()

    def sampleStdev(self: "RDD[Any]") -> float:
        """The standard deviation of what the elements are a sample of.

        >>> print(sc.parallelize([1, 2, 3]).sampleStdev())
        1.0
        """
        return self.stats().sampleStdev()

    def sampleVariance(self: "RDD[Any]") -> float:
        """The variance of what the elements are a sample of.

        >>> sc.parallelize([1, 2, 3]).sampleVariance()
        1.0
        """
        return self.stats().sampleVariance()

    def histogram(self: "RDD[T]", buckets: "int | list[T] | tuple[T, ...]") -> "tuple[Sequence[T], list[int]]":
        """The bounds of buckets, and how many elements are in each: so many even buckets, or those between given bounds.

        `None`, NaN and what is outside all buckets does not count.

        >>> sc.parallelize(range(51)).histogram(2)
        ([0, 25, 50], [25, 26])
        >>> sc.parallelize(["ab", "ac", "b", "bd", "ef"]).histogram(("a", "b", "c"))
        (('a', 'b', 'c'), [2, 2])
        """
        if isinstance(buckets, int):
            return self._even_histogram(buckets)
        if not isinstance(buckets, (list, tuple)):
            raise TypeError("The buckets of a histogram must be a number, or a list or tuple of bounds.")
        _check_bounds(buckets)
        return buckets, self._counts_in(Buckets.between(buckets))

    def _even_histogram(self: "RDD[Any]", count: int) -> "tuple[Sequence[Any], list[int]]":
        if count < 1:
            raise ValueError(f"A histogram needs at least one bucket, not {count}.")
        elements = self.filter(comparable)
        low, high = elements.map(steps.as_pair).reduce(steps.range_of_both)
        if low == high or count == 1:
            return [low, high], [elements.count()]
        even = Buckets.even(count, low, high)
        return even.bounds, self._counts_in(even)

    def _counts_in(self: "RDD[Any]", buckets: Buckets) -> list[int]:
        return [sum(counts) for counts in zip(*self._step(buckets)._results())]

    def countApprox(self, timeout: int, confidence: float = 0.95) -> int:
        """How many elements there are. As in Apache Spark the job is waited for, so the answer is exact.

        >>> sc.parallelize(range(1000), 10).countApprox(1000, 1.0)
        1000
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return int(rdd._step(steps.counted).sumApprox(timeout, confidence))

    def sumApprox(self: "RDD[Any]", timeout: int, confidence: float = 0.95) -> BoundedFloat:
        """The sum of the elements. As in Apache Spark the job is waited for, so the bounds are the answer.

        >>> total = sc.parallelize(range(1000), 10).sumApprox(1000)
        >>> abs(total - sum(range(1000))) / sum(range(1000)) < 0.05
        True
        """
        total = StatCounter()
        for value in self._step(steps.summed_as_float)._results():
            total.mergeStats(StatCounter([value]))
        return _exactly(total.sum(), confidence)

    def meanApprox(self: "RDD[Any]", timeout: int, confidence: float = 0.95) -> BoundedFloat:
        """The mean of the elements. As in Apache Spark the job is waited for, so the bounds are the answer.

        >>> mean = sc.parallelize(range(1000), 10).meanApprox(1000)
        >>> abs(mean - 499.5) / 499.5 < 0.05
        True
        """
        total = StatCounter()
        for part in self.map(float)._step(steps.statistics)._results():
            total.mergeStats(part)
        return _exactly(total.mean(), confidence)

    def countApproxDistinct(self: "RDD[T]", relativeSD: float = 0.05) -> int:
        """About how many distinct elements there are; `relativeSD` is the relative standard deviation of the answer.

        >>> 900 < sc.parallelize(range(1000)).map(str).countApproxDistinct() < 1100
        True
        """
        if relativeSD < RELATIVE_DEVIATION_MIN:
            raise ValueError(f"relativeSD should be greater than {RELATIVE_DEVIATION_MIN:f}")
        precision = hyperloglog.precision_of(relativeSD)
        sketches = self._step(functools.partial(hyperloglog.sketched, precision))._results()
        return round(hyperloglog.estimate(precision, hyperloglog.merge(sketches)))


def _exactly(value: float, confidence: float) -> BoundedFloat:
    """The result of an approximate job that was waited for."""
    if not 0 <= confidence <= 1:
        raise ValueError(f"The confidence must be between 0 and 1, not {confidence}.")
    return BoundedFloat(value, 1.0, value, value)


def _check_bounds(bounds: Sequence[Any]) -> None:
    if len(bounds) < 2:
        raise ValueError("A bucket needs two bounds.")
    if not all(map(comparable, bounds)):
        raise ValueError("None and NaN cannot be bounds of buckets.")
    if sorted(bounds) != list(bounds):
        raise ValueError("The bounds of buckets must be sorted.")
    if len(set(bounds)) != len(bounds):
        raise ValueError("The bounds of buckets must not be repeated.")
