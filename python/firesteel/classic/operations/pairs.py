"""Operations on RDDs of pairs of a key and a value: by key, most of them through a shuffle.

A shuffle is three steps and a node. The workers combine the values of each key as far as they can, and send the pairs as
frames addressed to partitions; the engine moves frames, which mean nothing to it; the workers merge what arrives. An RDD
remembers by which `Partitioner` its pairs were spread, and an operation that wants the same has no shuffle at all.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.resultiterable import ResultIterable
from pyspark.serializers import BatchedSerializer, NoOpSerializer
from pyspark.util import _parse_memory

from firesteel.classic.tasks import shuffle, steps
from firesteel.classic.tasks.partitioner import Partitioner, has_hash_seed, portable_hash

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")
V = TypeVar("V")


class Pairs:
    """`reduceByKey` and its kin."""

    def keys(self: "RDD[tuple[K, V]]") -> "RDD[K]":
        """The keys.

        >>> sc.parallelize([(1, 2), (3, 4)]).keys().collect()
        [1, 3]
        """
        return self.map(steps.key_of)

    def values(self: "RDD[tuple[K, V]]") -> "RDD[V]":
        """The values.

        >>> sc.parallelize([(1, 2), (3, 4)]).values().collect()
        [2, 4]
        """
        return self.map(steps.value_of)

    def mapValues(self: "RDD[tuple[K, V]]", f: Callable[[V], U]) -> "RDD[tuple[K, U]]":
        """Each key with what `f` gives for its value. Pairs stay in their partitions.

        >>> sc.parallelize([("a", ["apple", "banana"]), ("b", ["grapes"])]).mapValues(len).collect()
        [('a', 2), ('b', 1)]
        """
        return self.map(functools.partial(steps.with_value, f), True)

    def flatMapValues(self: "RDD[tuple[K, V]]", f: Callable[[V], Iterable[U]]) -> "RDD[tuple[K, U]]":
        """Each key with all that `f` gives for its value, one by one. Pairs stay in their partitions.

        >>> sc.parallelize([("a", ["x", "y"]), ("b", ["p"])]).flatMapValues(lambda value: value).collect()
        [('a', 'x'), ('a', 'y'), ('b', 'p')]
        """
        return self.flatMap(functools.partial(steps.with_values, f), True)

    def partitionBy(
        self: "RDD[tuple[K, V]]", numPartitions: "int | None", partitionFunc: Callable[[K], int] = portable_hash
    ) -> "RDD[tuple[K, V]]":
        """The pairs spread over partitions by their keys: `partitionFunc(key) % numPartitions`.

        >>> pairs = sc.parallelize([1, 2, 3, 4, 2, 4, 1]).map(lambda x: (x, x))
        >>> one, other = pairs.partitionBy(2).glom().collect()
        >>> set(one) & set(other)
        set()
        """
        partitions = self._defaultReducePartitions() if numPartitions is None else numPartitions
        partitioner = Partitioner(partitions, partitionFunc)
        if self.partitioner == partitioner:
            return self
        # Two frames for each batch are no elements, so they go as they are.
        serializer = self.ctx._unbatched_serializer
        parameters = (partitions, partitionFunc, self._memory_limit() / 2, serializer)
        addressed = self._step(functools.partial(shuffle.sent, *parameters), True)
        addressed._jrdd_deserializer = NoOpSerializer()
        node = self.ctx._lineage.node(
            "partitionBy", [addressed._jrdd], {"partitions": partitions}, partitions=partitions
        )
        rdd = self._of(node, BatchedSerializer(serializer))
        rdd.partitioner = partitioner
        return rdd

    def combineByKey(
        self: "RDD[tuple[K, V]]",
        createCombiner: Callable[[V], U],
        mergeValue: Callable[[U, V], U],
        mergeCombiners: Callable[[U, U], U],
        numPartitions: "int | None" = None,
        partitionFunc: Callable[[K], int] = portable_hash,
    ) -> "RDD[tuple[K, U]]":
        """Each key once, with its values merged into a combiner: made of the first, given the others, merged with others.

        >>> pairs = sc.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> lists = pairs.combineByKey(lambda x: [x], lambda xs, x: xs + [x], lambda xs, ys: xs + ys)
        >>> sorted(lists.mapValues(sorted).collect())
        [('a', [1, 2]), ('b', [1])]
        """
        partitions = self._defaultReducePartitions() if numPartitions is None else numPartitions
        combining = shuffle.Combining(createCombiner, mergeValue, mergeCombiners)
        merging = (combining, self._memory_limit())
        combined: RDD[Any] = self._step(functools.partial(shuffle.combined, *merging), True)
        shuffled = combined.partitionBy(partitions, partitionFunc)
        return shuffled._step(functools.partial(shuffle.merged, *merging), True)

    def reduceByKey(
        self: "RDD[tuple[K, V]]",
        func: Callable[[V, V], V],
        numPartitions: "int | None" = None,
        partitionFunc: Callable[[K], int] = portable_hash,
    ) -> "RDD[tuple[K, V]]":
        """Each key once, with all its values merged by `func`, first in each partition and then across them.

        >>> sorted(sc.parallelize([("a", 1), ("b", 1), ("a", 1)]).reduceByKey(lambda x, y: x + y).collect())
        [('a', 2), ('b', 1)]
        """
        return self.combineByKey(shuffle.itself, func, func, numPartitions, partitionFunc)

    def aggregateByKey(
        self: "RDD[tuple[K, V]]",
        zeroValue: U,
        seqFunc: Callable[[U, V], U],
        combFunc: Callable[[U, U], U],
        numPartitions: "int | None" = None,
        partitionFunc: Callable[[K], int] = portable_hash,
    ) -> "RDD[tuple[K, U]]":
        """Each key once, with its values merged into a copy of a start value, and those merged across partitions.

        >>> pairs = sc.parallelize([("a", 1), ("b", 1), ("a", 2)])
        >>> sorted(pairs.aggregateByKey((0, 0), lambda a, x: (a[0] + x, a[1] + 1),
        ...                             lambda a, b: (a[0] + b[0], a[1] + b[1])).collect())
        [('a', (3, 2)), ('b', (1, 1))]
        """
        create = functools.partial(shuffle.from_zero, zeroValue, seqFunc)
        return self.combineByKey(create, seqFunc, combFunc, numPartitions, partitionFunc)

    def foldByKey(
        self: "RDD[tuple[K, V]]",
        zeroValue: V,
        func: Callable[[V, V], V],
        numPartitions: "int | None" = None,
        partitionFunc: Callable[[K], int] = portable_hash,
    ) -> "RDD[tuple[K, V]]":
        """Each key once, with its values merged into a copy of a neutral start value.

        >>> sorted(sc.parallelize([("a", 1), ("b", 1), ("a", 1)]).foldByKey(0, lambda x, y: x + y).collect())
        [('a', 2), ('b', 1)]
        """
        return self.aggregateByKey(zeroValue, func, func, numPartitions, partitionFunc)

    def groupByKey(
        self: "RDD[tuple[K, V]]",
        numPartitions: "int | None" = None,
        partitionFunc: Callable[[K], int] = portable_hash,
    ) -> "RDD[tuple[K, Iterable[V]]]":
        """Each key once, with all its values, which may be more than fit into memory.

        To reduce them, `reduceByKey` or `aggregateByKey` moves far less.

        >>> groups = sc.parallelize([("a", 1), ("b", 1), ("a", 1)]).groupByKey()
        >>> sorted(groups.mapValues(list).collect())
        [('a', [1, 1]), ('b', [1])]
        """
        merging = (shuffle.GROUPS, self._memory_limit())
        combined: RDD[Any] = self._step(functools.partial(shuffle.combined, *merging), True)
        shuffled = combined.partitionBy(numPartitions, partitionFunc)
        return shuffled._step(functools.partial(shuffle.grouped, *merging), True).mapValues(ResultIterable)

    def groupBy(
        self: "RDD[T]",
        f: Callable[[T], K],
        numPartitions: "int | None" = None,
        partitionFunc: Callable[[K], int] = portable_hash,
    ) -> "RDD[tuple[K, Iterable[T]]]":
        """Each key that `f` gives once, with all elements for which it gives that key.

        >>> groups = sc.parallelize([1, 1, 2, 3, 5, 8]).groupBy(lambda x: x % 2).collect()
        >>> sorted((key, sorted(group)) for key, group in groups)
        [(0, [2, 8]), (1, [1, 1, 3, 5])]
        """
        return self.keyBy(f).groupByKey(numPartitions, partitionFunc)

    def distinct(self: "RDD[T]", numPartitions: "int | None" = None) -> "RDD[T]":
        """Each element once.

        >>> sorted(sc.parallelize([1, 1, 2, 3]).distinct().collect())
        [1, 2, 3]
        """
        return self.map(steps.as_key).reduceByKey(shuffle.either, numPartitions).keys()

    def reduceByKeyLocally(self: "RDD[tuple[K, V]]", func: Callable[[V, V], V]) -> dict[K, V]:
        """`reduceByKey`, with the result in the driver as a dictionary.

        >>> sorted(sc.parallelize([("a", 1), ("b", 1), ("a", 1)]).reduceByKeyLocally(lambda x, y: x + y).items())
        [('a', 2), ('b', 1)]
        """
        parts = self._step(functools.partial(shuffle.reduced_by_key, func)).collect()
        if not parts:
            raise ValueError("Can not reduce() empty RDD")
        return shuffle.merge_pairs(func, (pair for part in parts for pair in part.items()))

    def countByKey(self: "RDD[tuple[K, V]]") -> dict[K, int]:
        """How many pairs each key has, in the driver.

        >>> sorted(sc.parallelize([("a", 1), ("b", 1), ("a", 1)]).countByKey().items())
        [('a', 2), ('b', 1)]
        """
        return self.keys().countByValue()

    def countByValue(self: "RDD[K]") -> dict[K, int]:
        """How often each element occurs, in the driver.

        >>> sorted(sc.parallelize([1, 2, 1, 2, 2], 2).countByValue().items())
        [(1, 2), (2, 3)]
        """
        parts = self._step(shuffle.counted_by_value).collect()
        if not parts:
            raise ValueError("Can not reduce() empty RDD")
        counts: dict[K, int] = defaultdict(int)
        for part in parts:
            for element, count in part.items():
                counts[element] += count
        return counts

    def collectAsMap(self: "RDD[tuple[K, V]]") -> dict[K, V]:
        """The pairs in the driver as a dictionary; of pairs with one key, the last.

        >>> sc.parallelize([(1, 2), (3, 4)]).collectAsMap()
        {1: 2, 3: 4}
        """
        return dict(self.collect())

    def lookup(self: "RDD[tuple[K, V]]", key: K) -> list[V]:
        """The values of a key. Where the pairs are spread by their keys, only the partition of this one is searched.

        >>> pairs = sc.parallelize(range(1000), 10).map(lambda x: (x, x))
        >>> pairs.sortByKey().lookup(42)
        [42]
        """
        values = self.filter(functools.partial(steps.has_key, key)).values()
        partitioner = self.partitioner
        # The workers hash with a seed that this process may not have; then all partitions must be searched.
        if partitioner is None or (partitioner.partitionFunc is portable_hash and not has_hash_seed()):
            return values.collect()
        return values._results([partitioner(key)])

    def _defaultReducePartitions(self) -> int:
        """How many partitions a shuffle makes unless it is told."""
        rdd: RDD[Any] = self  # type: ignore[assignment]
        if rdd.ctx._conf.contains("spark.default.parallelism"):
            return rdd.ctx.defaultParallelism
        return rdd.getNumPartitions()

    def _memory_limit(self) -> int:
        """How many megabytes a worker may use before it spills."""
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return int(_parse_memory(rdd.ctx._conf.get("spark.python.worker.memory", "512m")))
