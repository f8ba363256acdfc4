"""Total order: keys are sampled, cut into ranges of about the same size, and sorted within each range."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from firesteel.classic.tasks import shuffle, steps
from firesteel.classic.tasks.partitioner import portable_hash

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

SAMPLES_OF_RANGE = 20.0
"""How many keys are sampled for each range."""

SAMPLE_SEED = 1


class Sorting:
    """`sortByKey` and its kin."""

    def sortByKey(
        self: "RDD[tuple[K, V]]",
        ascending: "bool | None" = True,
        numPartitions: "int | None" = None,
        keyfunc: Callable[[Any], Any] = shuffle.itself,
    ) -> "RDD[tuple[K, V]]":
        """The pairs in the order of their keys, or of what `keyfunc` gives for them. Two jobs find the ranges at once.

        >>> pairs = [("a", 1), ("b", 2), ("1", 3), ("d", 4), ("2", 5)]
        >>> sc.parallelize(pairs).sortByKey(True, 2).collect()
        [('1', 3), ('2', 5), ('a', 1), ('b', 2), ('d', 4)]
        """
        partitions = self._defaultReducePartitions() if numPartitions is None else numPartitions
        sort = functools.partial(shuffle.sorted_by_key, keyfunc, bool(ascending), self._memory_limit())
        if partitions == 1:
            one = self.coalesce(1) if self.getNumPartitions() > 1 else self
            return one._step(sort, True)
        size = self.count()
        if not size:
            return self
        fraction = min(partitions * SAMPLES_OF_RANGE / size, 1.0)
        keys = sorted(self.sample(False, fraction, SAMPLE_SEED).map(steps.key_of).collect(), key=keyfunc)
        bounds = [keys[len(keys) * (i + 1) // partitions] for i in range(partitions - 1)]
        ranges = shuffle.RangePartition(bounds, keyfunc, bool(ascending), partitions)
        return self.partitionBy(partitions, ranges)._step(sort, True)

    def sortBy(
        self: "RDD[T]", keyfunc: Callable[[T], Any], ascending: bool = True, numPartitions: "int | None" = None
    ) -> "RDD[T]":
        """The elements in the order of what `keyfunc` gives for them.

        >>> pairs = [("a", 1), ("b", 2), ("1", 3), ("d", 4), ("2", 5)]
        >>> sc.parallelize(pairs).sortBy(lambda pair: pair[1]).collect()
        [('a', 1), ('b', 2), ('1', 3), ('d', 4), ('2', 5)]
        """
        return self.keyBy(keyfunc).sortByKey(ascending, numPartitions).values()

    def repartitionAndSortWithinPartitions(
        self: "RDD[tuple[K, V]]",
        numPartitions: "int | None" = None,
        partitionFunc: Callable[[Any], int] = portable_hash,
        ascending: bool = True,
        keyfunc: Callable[[Any], Any] = shuffle.itself,
    ) -> "RDD[tuple[K, V]]":
        """The pairs spread over partitions by their keys, and sorted by them within each.

        >>> pairs = sc.parallelize([(0, 5), (3, 8), (2, 6), (0, 8), (3, 8), (1, 3)])
        >>> pairs.repartitionAndSortWithinPartitions(2, lambda key: key % 2, True).glom().collect()
        [[(0, 5), (0, 8), (2, 6)], [(1, 3), (3, 8), (3, 8)]]
        """
        partitions = self._defaultReducePartitions() if numPartitions is None else numPartitions
        sort = functools.partial(shuffle.sorted_by_key, keyfunc, ascending, self._memory_limit())
        return self.partitionBy(partitions, partitionFunc)._step(sort, True)
