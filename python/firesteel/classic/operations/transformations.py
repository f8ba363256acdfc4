"""Operations on the elements of an RDD that need no shuffle: they join the steps of the task that computes a partition."""

import functools
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.serializers import (
    BatchedSerializer,
    CartesianDeserializer,
    CPickleSerializer,
    PairDeserializer,
    Serializer,
)

from firesteel.classic.tasks import steps
from firesteel.classic.tasks.pipe import piped
from firesteel.classic.tasks.steps import Step

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")

ZIP_BATCH = 100
"""Elements in a batch where two RDDs must be batched alike and neither says how."""

SHUFFLED_BATCH_MAX = 10
"""Elements in a batch that `repartition` moves as a whole: few, so that partitions come out even."""


class Transformations:
    """`map` and its kin."""

    def map(self: "RDD[T]", f: Callable[[T], U], preservesPartitioning: bool = False) -> "RDD[U]":
        """What `f` gives for each element. `preservesPartitioning` promises that `f` leaves keys as they are.

        >>> sorted(sc.parallelize(["b", "a", "c"]).map(lambda x: (x, 1)).collect())
        [('a', 1), ('b', 1), ('c', 1)]
        """
        return self._step(functools.partial(steps.mapped, f), preservesPartitioning)

    def flatMap(self: "RDD[T]", f: Callable[[T], Iterable[U]], preservesPartitioning: bool = False) -> "RDD[U]":
        """All that `f` gives for each element, in one row.

        >>> sorted(sc.parallelize([2, 3, 4]).flatMap(lambda x: range(1, x)).collect())
        [1, 1, 1, 2, 2, 3]
        """
        return self._step(functools.partial(steps.flat_mapped, f), preservesPartitioning)

    def mapPartitions(
        self: "RDD[T]", f: Callable[[Iterable[T]], Iterable[U]], preservesPartitioning: bool = False
    ) -> "RDD[U]":
        """What `f` gives for the iterator of each partition.

        >>> sc.parallelize([1, 2, 3, 4], 2).mapPartitions(lambda iterator: [sum(iterator)]).collect()
        [3, 7]
        """
        return self._step(functools.partial(steps.by_partition, f), preservesPartitioning)

    def mapPartitionsWithIndex(
        self: "RDD[T]", f: Callable[[int, Iterable[T]], Iterable[U]], preservesPartitioning: bool = False
    ) -> "RDD[U]":
        """What `f` gives for the number and the iterator of each partition.

        >>> sc.parallelize([1, 2, 3, 4], 4).mapPartitionsWithIndex(lambda split, _: [split]).sum()
        6
        """
        return self._step(f, preservesPartitioning)

    def mapPartitionsWithSplit(
        self: "RDD[T]", f: Callable[[int, Iterable[T]], Iterable[U]], preservesPartitioning: bool = False
    ) -> "RDD[U]":
        """The old name of `mapPartitionsWithIndex`."""
        warnings.warn(
            "mapPartitionsWithSplit is deprecated; use mapPartitionsWithIndex instead", FutureWarning, stacklevel=2
        )
        return self.mapPartitionsWithIndex(f, preservesPartitioning)

    def filter(self: "RDD[T]", f: Callable[[T], bool]) -> "RDD[T]":
        """The elements for which `f` is true.

        >>> sc.parallelize([1, 2, 3, 4, 5]).filter(lambda x: x % 2 == 0).collect()
        [2, 4]
        """
        return self._step(functools.partial(steps.filtered, f), True)

    def glom(self: "RDD[T]") -> "RDD[list[T]]":
        """Each partition as one list.

        >>> sc.parallelize([1, 2, 3, 4], 2).glom().collect()
        [[1, 2], [3, 4]]
        """
        return self._step(steps.gathered)

    def keyBy(self: "RDD[T]", f: Callable[[T], K]) -> "RDD[tuple[K, T]]":
        """Each element behind the key that `f` gives for it.

        >>> sc.parallelize(range(3)).keyBy(lambda x: x * x).collect()
        [(0, 0), (1, 1), (4, 2)]
        """
        return self.map(functools.partial(steps.keyed, f))

    def pipe(self, command: str, env: "dict[str, str] | None" = None, checkCode: bool = False) -> "RDD[str]":
        """The lines that a command prints for the elements of each partition, which it reads as lines.

        The command is run without a shell, and sees only the variables in `env`. With `checkCode` its exit status matters.

        >>> sc.parallelize(["1", "2", "", "3"]).pipe("cat").collect()
        ['1', '2', '', '3']
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return rdd._step(functools.partial(piped, command, env or {}, checkCode))

    def zipWithIndex(self: "RDD[T]") -> "RDD[tuple[T, int]]":
        """Each element with its place in the RDD. Unless there is but one partition, a job counts them first.

        >>> sc.parallelize(["a", "b", "c", "d"], 3).zipWithIndex().collect()
        [('a', 0), ('b', 1), ('c', 2), ('d', 3)]
        """
        starts = [0]
        if self.getNumPartitions() > 1:
            for count in self._step(steps.counted).collect()[:-1]:
                starts.append(starts[-1] + count)
        return self._step(functools.partial(steps.numbered, starts))

    def zipWithUniqueId(self: "RDD[T]") -> "RDD[tuple[T, int]]":
        """Each element with a number of its own: of `n` partitions, the one with number `k` counts `k`, `n + k`, `2n + k` ...

        >>> sc.parallelize(["a", "b", "c", "d", "e"], 3).zipWithUniqueId().collect()
        [('a', 0), ('b', 1), ('c', 4), ('d', 2), ('e', 5)]
        """
        return self._step(functools.partial(steps.numbered_apart, self.getNumPartitions()))

    def union(self: "RDD[T]", other: "RDD[U]") -> "RDD[T | U]":
        """The elements of both RDDs.

        >>> rdd = sc.parallelize([1, 1, 2, 3])
        >>> rdd.union(rdd).collect()
        [1, 1, 2, 3, 1, 1, 2, 3]
        """
        return union([self, other])

    def __add__(self: "RDD[T]", other: "RDD[U]") -> "RDD[T | U]":
        """The elements of both RDDs.

        >>> rdd = sc.parallelize([1, 2])
        >>> (rdd + rdd).collect()
        [1, 2, 1, 2]
        """
        if not isinstance(other, Transformations):
            raise TypeError(f"An RDD can be added to another RDD only, not to {type(other).__name__!r}.")
        return self.union(other)

    def cartesian(self: "RDD[T]", other: "RDD[U]") -> "RDD[tuple[T, U]]":
        """Each pair of an element here and one there.

        >>> rdd = sc.parallelize([1, 2])
        >>> sorted(rdd.cartesian(rdd).collect())
        [(1, 1), (1, 2), (2, 1), (2, 2)]
        """
        this, other = _in_single_frames(self), _in_single_frames(other)
        node = self.ctx._lineage.node("cartesian", [this._jrdd, other._jrdd])
        return self._of(node, CartesianDeserializer(this._jrdd_deserializer, other._jrdd_deserializer))

    def zip(self: "RDD[T]", other: "RDD[U]") -> "RDD[tuple[T, U]]":
        """The elements in the same places of both RDDs, which must have as many partitions, and as many elements in each.

        >>> sc.parallelize(range(5)).zip(sc.parallelize(range(1000, 1005))).collect()
        [(0, 1000), (1, 1001), (2, 1002), (3, 1003), (4, 1004)]
        """
        mine, others = _batch_size(self._jrdd_deserializer), _batch_size(other._jrdd_deserializer)
        this = self
        if mine != others or not mine:
            batch = min(mine, others)
            serializer = BatchedSerializer(CPickleSerializer(), batch if batch > 0 else ZIP_BATCH)
            this, other = this._reserialize(serializer), other._reserialize(serializer)
        if this.getNumPartitions() != other.getNumPartitions():
            raise ValueError(
                f"An RDD of {this.getNumPartitions()} partitions cannot be zipped with one of "
                f"{other.getNumPartitions()}: zip needs the same number of partitions"
            )
        node = self.ctx._lineage.node("zip", [this._jrdd, other._jrdd])
        return self._of(node, PairDeserializer(this._jrdd_deserializer, other._jrdd_deserializer))

    def repartition(self: "RDD[T]", numPartitions: int) -> "RDD[T]":
        """The same elements, spread evenly over another number of partitions by a shuffle.

        >>> sc.parallelize([1, 2, 3, 4, 5, 6, 7], 4).repartition(2).getNumPartitions()
        2
        """
        return self.coalesce(numPartitions, shuffle=True)

    def coalesce(self: "RDD[T]", numPartitions: int, shuffle: bool = False) -> "RDD[T]":
        """The same elements in fewer partitions, some merged; or, with `shuffle`, in any number of them.

        >>> sc.parallelize([1, 2, 3, 4, 5], 3).coalesce(1).glom().collect()
        [[1, 2, 3, 4, 5]]
        """
        if not numPartitions > 0:
            raise ValueError(f"The number of partitions must be positive, not {numPartitions}.")
        rdd = self
        if shuffle:
            batch = min(SHUFFLED_BATCH_MAX, self.ctx._batchSize or 1024)
            rdd = self._reserialize(BatchedSerializer(CPickleSerializer(), batch))
        parameters = {"partitions": numPartitions, "shuffle": bool(shuffle)}
        node = self.ctx._lineage.node("coalesce", [rdd._jrdd], parameters)
        return self._of(node, rdd._jrdd_deserializer)

    def _step(self: "RDD[T]", step: Step, preservesPartitioning: bool = False) -> "RDD[Any]":
        """This RDD with one more step."""
        from firesteel.classic.rdd import PipelinedRDD

        return PipelinedRDD(self, step, preservesPartitioning)

    def _reserialize(self: "RDD[T]", serializer: "Serializer | None" = None) -> "RDD[T]":
        """The same elements, serialized in another way."""
        wanted = serializer or self.ctx.serializer
        if self._jrdd_deserializer == wanted:
            return self
        rdd = self._step(steps.unchanged, True)
        rdd._jrdd_deserializer = wanted
        return rdd

    def _pickled(self: "RDD[T]") -> "RDD[T]":
        from firesteel.classic.rdd import PICKLED

        return self._reserialize(PICKLED)


def union(rdds: "list[RDD[Any]]") -> "RDD[Any]":
    """All elements of several RDDs. Those that are partitioned alike stay so: their partitions are united one by one."""
    first = rdds[0]
    if any(rdd._jrdd_deserializer != first._jrdd_deserializer for rdd in rdds):
        rdds = [rdd._reserialize() for rdd in rdds]
    aligned = first.partitioner is not None and all(rdd.partitioner == first.partitioner for rdd in rdds)
    partitions = first.getNumPartitions() if aligned else None
    parameters = {"aligned": True} if aligned else {}
    node = first.ctx._lineage.node("union", [rdd._jrdd for rdd in rdds], parameters, partitions=partitions)
    result = first._of(node, rdds[0]._jrdd_deserializer)
    if aligned:
        result.partitioner = first.partitioner
    return result


def _in_single_frames(rdd: "RDD[T]") -> "RDD[T]":
    """The RDD, for the engine to pair its frames with others: so they must not be pairs of frames themselves."""
    pairs = isinstance(rdd._jrdd_deserializer, (CartesianDeserializer, PairDeserializer))
    return rdd._reserialize() if pairs else rdd


def _batch_size(serializer: Serializer) -> int:
    """How many elements are in a frame: 0 if that varies."""
    if isinstance(serializer, BatchedSerializer):
        return int(serializer.batchSize)
    has_batches = type(serializer)._load_stream_without_unbatching is not Serializer._load_stream_without_unbatching
    return 0 if has_batches else 1
