"""Several RDDs of pairs brought together by their keys.

Each pair says which RDD it is from; the union of them is grouped by key; the values of a key are sorted out again. Where
the RDDs are partitioned alike, so is their union, and the grouping moves nothing.
"""

import functools
from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.resultiterable import ResultIterable

from firesteel.classic.operations.transformations import union
from firesteel.classic.tasks import joins, steps

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")
V = TypeVar("V")


class Joins:
    """`join` and its kin."""

    def join(
        self: "RDD[tuple[K, V]]", other: "RDD[tuple[K, U]]", numPartitions: "int | None" = None
    ) -> "RDD[tuple[K, tuple[V, U]]]":
        """Each key that both have, with each value here and each value there.

        >>> sorted(sc.parallelize([("a", 1), ("b", 4)]).join(sc.parallelize([("a", 2), ("a", 3)])).collect())
        [('a', (1, 2)), ('a', (1, 3))]
        """
        return _joined(self, other, numPartitions, False, False)

    def leftOuterJoin(
        self: "RDD[tuple[K, V]]", other: "RDD[tuple[K, U]]", numPartitions: "int | None" = None
    ) -> "RDD[tuple[K, tuple[V, U | None]]]":
        """As `join`, and `None` beside the values here of a key that is not there.

        >>> sorted(sc.parallelize([("a", 1), ("b", 4)]).leftOuterJoin(sc.parallelize([("a", 2)])).collect())
        [('a', (1, 2)), ('b', (4, None))]
        """
        return _joined(self, other, numPartitions, False, True)

    def rightOuterJoin(
        self: "RDD[tuple[K, V]]", other: "RDD[tuple[K, U]]", numPartitions: "int | None" = None
    ) -> "RDD[tuple[K, tuple[V | None, U]]]":
        """As `join`, and `None` beside the values there of a key that is not here.

        >>> sorted(sc.parallelize([("a", 2)]).rightOuterJoin(sc.parallelize([("a", 1), ("b", 4)])).collect())
        [('a', (2, 1)), ('b', (None, 4))]
        """
        return _joined(self, other, numPartitions, True, False)

    def fullOuterJoin(
        self: "RDD[tuple[K, V]]", other: "RDD[tuple[K, U]]", numPartitions: "int | None" = None
    ) -> "RDD[tuple[K, tuple[V | None, U | None]]]":
        """As `join`, and `None` beside the values of a key that only one of them has.

        >>> sorted(sc.parallelize([("a", 1), ("b", 4)]).fullOuterJoin(sc.parallelize([("a", 2), ("c", 8)])).collect())
        [('a', (1, 2)), ('b', (4, None)), ('c', (None, 8))]
        """
        return _joined(self, other, numPartitions, True, True)

    def cogroup(
        self: "RDD[tuple[K, V]]", other: "RDD[tuple[K, U]]", numPartitions: "int | None" = None
    ) -> "RDD[tuple[K, tuple[ResultIterable[V], ResultIterable[U]]]]":
        """Each key that either has, with all its values here and all those there.

        >>> groups = sc.parallelize([("a", 1), ("b", 4)]).cogroup(sc.parallelize([("a", 2)])).collect()
        >>> [(key, tuple(map(list, values))) for key, values in sorted(groups)]
        [('a', ([1], [2])), ('b', ([4], []))]
        """
        return _grouped([self, other], numPartitions)

    def groupWith(
        self: "RDD[tuple[Any, Any]]", other: "RDD[tuple[Any, Any]]", *others: "RDD[tuple[Any, Any]]"
    ) -> "RDD[tuple[Any, tuple[ResultIterable[Any], ...]]]":
        """`cogroup` of any number of RDDs.

        >>> one, two, three = (sc.parallelize([("a", value)]) for value in range(3))
        >>> [(key, tuple(map(list, values))) for key, values in one.groupWith(two, three).collect()]
        [('a', ([0], [1], [2]))]
        """
        return _grouped([self, other, *others], None)

    def subtractByKey(
        self: "RDD[tuple[K, V]]", other: "RDD[tuple[K, Any]]", numPartitions: "int | None" = None
    ) -> "RDD[tuple[K, V]]":
        """The pairs whose keys the other RDD does not have.

        >>> pairs = sc.parallelize([("a", 1), ("b", 4), ("b", 5), ("a", 2)])
        >>> sorted(pairs.subtractByKey(sc.parallelize([("a", 3), ("c", None)])).collect())
        [('b', 4), ('b', 5)]
        """
        return self.cogroup(other, numPartitions).filter(joins.only_here).flatMapValues(steps.key_of)

    def subtract(self: "RDD[T]", other: "RDD[T]", numPartitions: "int | None" = None) -> "RDD[T]":
        """The elements that the other RDD does not have.

        >>> sorted(sc.parallelize([1, 2, 2, 3]).subtract(sc.parallelize([3, 4])).collect())
        [1, 2, 2]
        """
        here, there = self.map(steps.as_key), other.map(steps.as_key)
        return here.subtractByKey(there, numPartitions).keys()

    def intersection(self: "RDD[T]", other: "RDD[T]") -> "RDD[T]":
        """The elements that both RDDs have, each once.

        >>> sorted(sc.parallelize([1, 10, 2, 3, 4, 5]).intersection(sc.parallelize([1, 6, 2, 3, 7, 8])).collect())
        [1, 2, 3]
        """
        return self.map(steps.as_key).cogroup(other.map(steps.as_key)).filter(joins.in_both).keys()


def _joined(
    left: "RDD[Any]", right: "RDD[Any]", partitions: "int | None", without_left: bool, without_right: bool
) -> "RDD[Any]":
    pairs = functools.partial(joins.pairs, without_left, without_right)
    return _together([left, right]).groupByKey(partitions).flatMapValues(pairs)


def _grouped(rdds: "list[RDD[Any]]", partitions: "int | None") -> "RDD[Any]":
    return _together(rdds).groupByKey(partitions).mapValues(functools.partial(joins.groups, len(rdds)))


def _together(rdds: "list[RDD[Any]]") -> "RDD[Any]":
    """All pairs in one RDD, the values behind the number of the RDD they are from."""
    tagged = [rdd.mapValues(functools.partial(steps.tagged, number)) for number, rdd in enumerate(rdds)]
    united = tagged[0]
    for other in tagged[1:]:
        united = union([united, other])
    return united
