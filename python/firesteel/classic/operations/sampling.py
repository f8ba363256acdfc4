"""Random parts of an RDD. With the same seed, the same partitions give the same sample, here and in Apache Spark."""

import math
import random
import sys
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.rddsampler import RDDRangeSampler, RDDSampler, RDDStratifiedSampler

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

SEED_MAX = 2**32 - 1

SAMPLE_SIZE_DEVIATIONS = 10.0
"""How far, in standard deviations, the largest sample must stay from what a list can hold."""

MISS_PROBABILITY = 0.00005
"""How likely a sample without replacement may come out too small at first."""

SMALL_SAMPLE = 12


class Sampling:
    """`sample` and its kin."""

    def sample(self: "RDD[T]", withReplacement: bool, fraction: float, seed: "int | None" = None) -> "RDD[T]":
        """A random part of the elements: each is taken with this probability, or, with replacement, so often on average.

        >>> 6 <= sc.parallelize(range(100), 4).sample(False, 0.1, 81).count() <= 14
        True
        """
        if not fraction >= 0:
            raise ValueError(f"The fraction of a sample must not be negative: {fraction}")
        return self._step(RDDSampler(withReplacement, fraction, seed).func, True)

    def sampleByKey(
        self: "RDD[tuple[K, V]]", withReplacement: bool, fractions: "Mapping[K, float | int]", seed: "int | None" = None
    ) -> "RDD[tuple[K, V]]":
        """A random part of the pairs, with a fraction for each key.

        >>> pairs = sc.parallelize(["a", "b"]).cartesian(sc.parallelize(range(1000)))
        >>> sampled = pairs.sampleByKey(False, {"a": 0.2, "b": 0.1}, 2).countByKey()
        >>> 100 < sampled["a"] < 300 and 50 < sampled["b"] < 150
        True
        """
        for fraction in fractions.values():
            assert fraction >= 0.0, f"Negative fraction value: {fraction}"
        sampler: Any = RDDStratifiedSampler(withReplacement, dict(fractions), seed)
        return self._step(sampler.func, True)

    def randomSplit(self: "RDD[T]", weights: "Sequence[int | float]", seed: "int | None" = None) -> "list[RDD[T]]":
        """Several RDDs which share the elements at random, in the proportion of the weights.

        >>> one, other = sc.parallelize(range(500), 1).randomSplit([2, 3], 17)
        >>> one.count() + other.count()
        500
        """
        if not all(weight >= 0 for weight in weights):
            raise ValueError(f"The weights of a split must not be negative: {list(weights)}")
        total = float(sum(weights))
        if not total > 0:
            raise ValueError(f"The weights of a split must have a positive sum: {list(weights)}")
        bounds = accumulate((weight / total for weight in weights), initial=0.0)
        if seed is None:
            seed = random.randint(0, SEED_MAX)
        return [self._step(RDDRangeSampler(low, high, seed).func, True) for low, high in pairwise(bounds)]

    def takeSample(self: "RDD[T]", withReplacement: bool, num: int, seed: "int | None" = None) -> list[T]:
        """A random sample of exactly `num` elements, or of all if there are fewer, in random order.

        >>> len(sc.parallelize(range(10)).takeSample(False, 15, 3))
        10
        """
        largest = sys.maxsize - int(SAMPLE_SIZE_DEVIATIONS * math.sqrt(sys.maxsize))
        if num < 0:
            raise ValueError("Sample size cannot be negative.")
        if num > largest:
            raise ValueError(f"Sample size cannot be greater than {largest}.")
        if num == 0 or not self.getNumPartitions():
            return []
        count = self.count()
        if not count:
            return []
        generator = random.Random(seed)
        if not withReplacement and num >= count:
            samples = self.collect()
        else:
            fraction = self._computeFractionForSampleSize(num, count, withReplacement)
            samples = self.sample(withReplacement, fraction, seed).collect()
            while len(samples) < num:
                again = generator.randint(0, sys.maxsize)
                samples = self.sample(withReplacement, fraction, again).collect()
        generator.shuffle(samples)
        return samples[:num]

    @staticmethod
    def _computeFractionForSampleSize(sampleSizeLowerBound: int, total: int, withReplacement: bool) -> float:
        """A fraction with which a sample almost always has at least so many elements.

        With replacement, the sample's size is a Poisson variable: some deviations more than the mean are enough. Without,
        it is a binomial one, for which Chernoff's bound gives the fraction.
        """
        fraction = sampleSizeLowerBound / total
        if withReplacement:
            deviations = 9 if sampleSizeLowerBound < SMALL_SAMPLE else 5
            return fraction + deviations * math.sqrt(fraction / total)
        gamma = -math.log(MISS_PROBABILITY) / total
        return min(1, fraction + gamma + math.sqrt(gamma * gamma + 2 * gamma * fraction))
