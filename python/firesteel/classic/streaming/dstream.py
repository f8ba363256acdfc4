"""`pyspark.streaming.dstream`: what a program calls on a stream. Most operations are a function of each batch's RDD."""

import operator
import time
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pyspark.resultiterable import ResultIterable
from pyspark.storagelevel import StorageLevel

from firesteel.classic.properties import call_site
from firesteel.classic.rdd import RDD
from firesteel.classic.streaming.graph import Stream
from firesteel.classic.streaming.output import file_name, print_batch, save_batch
from firesteel.classic.streaming.streams import (
    ReducedWindowStream,
    StateStream,
    TransformedStream,
    WindowStream,
    with_time,
)

if TYPE_CHECKING:
    from firesteel.classic.streaming.context import StreamingContext

__all__ = ["DStream", "TransformedDStream"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
K = TypeVar("K", bound=Hashable)

Duration = float
"""Seconds."""


def portable_hash(key: Hashable) -> int:
    """Where a key goes: the same in every process."""
    from firesteel.classic import rdd

    hash_of: Callable[[Hashable], int] = rdd.portable_hash  # type: ignore[attr-defined, unused-ignore]
    return hash_of(key)


class DStream(Generic[T_co]):
    """A sequence of RDDs, one per batch."""

    def __init__(self, stream: Stream, ssc: "StreamingContext") -> None:
        self._stream = stream
        self._ssc = ssc
        self._sc = ssc._sc
        self._jrdd_deserializer = self._sc.serializer
        self.is_cached = False
        self.is_checkpointed = False

    def context(self) -> "StreamingContext":
        """The streaming context that the stream belongs to."""
        return self._ssc

    def _of(self, stream: Stream) -> "DStream[Any]":
        return DStream(stream, self._ssc)

    def _partitions(self, numPartitions: "int | None") -> int:
        return self._sc.defaultParallelism if numPartitions is None else numPartitions

    # Each element, each partition.

    def map(self, f: Callable[[Any], Any], preservesPartitioning: bool = False) -> "DStream[Any]":
        """Applies a function to each element."""

        def apply(elements: Iterable[Any]) -> Iterable[Any]:
            return map(f, elements)

        return self.mapPartitions(apply, preservesPartitioning)

    def flatMap(self, f: Callable[[Any], Iterable[Any]], preservesPartitioning: bool = False) -> "DStream[Any]":
        """Applies a function to each element and takes the elements of what it gives."""

        def apply(_: int, elements: Iterable[Any]) -> Iterable[Any]:
            return chain.from_iterable(map(f, elements))

        return self.mapPartitionsWithIndex(apply, preservesPartitioning)

    def filter(self, f: Callable[[Any], bool]) -> "DStream[Any]":
        """Keeps the elements for which a function holds."""

        def apply(elements: Iterable[Any]) -> Iterable[Any]:
            return filter(f, elements)

        return self.mapPartitions(apply, True)

    def mapPartitions(
        self, f: Callable[[Iterable[Any]], Iterable[Any]], preservesPartitioning: bool = False
    ) -> "DStream[Any]":
        """Applies a function to each partition of each RDD."""

        def apply(_: int, elements: Iterable[Any]) -> Iterable[Any]:
            return f(elements)

        return self.mapPartitionsWithIndex(apply, preservesPartitioning)

    def mapPartitionsWithIndex(
        self, f: Callable[[int, Iterable[Any]], Iterable[Any]], preservesPartitioning: bool = False
    ) -> "DStream[Any]":
        """Applies a function to the number and the elements of each partition of each RDD."""
        return self.transform(lambda rdd: rdd.mapPartitionsWithIndex(f, preservesPartitioning))

    def glom(self) -> "DStream[Any]":
        """Makes one list of each partition."""

        def apply(elements: Iterable[Any]) -> Iterable[list[Any]]:
            yield list(elements)

        return self.mapPartitions(apply)

    def mapValues(self, f: Callable[[Any], Any]) -> "DStream[Any]":
        """Applies a function to each pair's value."""
        return self.map(lambda pair: (pair[0], f(pair[1])), preservesPartitioning=True)

    def flatMapValues(self, f: Callable[[Any], Iterable[Any]]) -> "DStream[Any]":
        """Applies a function to each pair's value and pairs the key with each element of what it gives."""
        return self.flatMap(lambda pair: ((pair[0], value) for value in f(pair[1])), preservesPartitioning=True)

    # Each RDD.

    def transform(self, func: Callable[..., Any]) -> "DStream[Any]":
        """Applies a function to each RDD; it takes the RDD, or the batch's time and the RDD."""
        timed = with_time(func, 1)
        assert timed.__code__.co_argcount == 2 or timed is not func, "func should take one or two arguments"
        return TransformedDStream(TransformedStream(self._stream.graph, (self._stream,), timed), self._ssc)

    def transformWith(
        self, func: Callable[..., Any], other: "DStream[Any]", keepSerializer: bool = False
    ) -> "DStream[Any]":
        """Applies a function to each RDD and that of another stream; it may take the batch's time first."""
        timed = with_time(func, 2)
        assert timed.__code__.co_argcount == 3 or timed is not func, "func should take two or three arguments"
        return self._of(TransformedStream(self._stream.graph, (self._stream, other._stream), timed))

    def repartition(self, numPartitions: int) -> "DStream[Any]":
        """Changes how many partitions each RDD has."""
        return self.transform(lambda rdd: rdd.repartition(numPartitions))

    def partitionBy(self, numPartitions: int, partitionFunc: Callable[[Any], int] = portable_hash) -> "DStream[Any]":
        """Partitions each RDD by key."""
        return self.transform(lambda rdd: rdd.partitionBy(numPartitions, partitionFunc))

    # Reductions of each RDD.

    def count(self) -> "DStream[int]":
        """One element per batch: how many elements it has."""
        return self.mapPartitions(lambda elements: [sum(1 for _ in elements)]).reduce(operator.add)

    def reduce(self, func: Callable[[Any, Any], Any]) -> "DStream[Any]":
        """One element per batch: its elements reduced by a function."""
        return self.map(lambda element: (None, element)).reduceByKey(func, 1).map(lambda pair: pair[1])

    def countByValue(self) -> "DStream[Any]":
        """Pairs of each distinct element and how often it is in the batch."""
        return self.map(lambda element: (element, 1)).reduceByKey(operator.add)

    def reduceByKey(self, func: Callable[[Any, Any], Any], numPartitions: "int | None" = None) -> "DStream[Any]":
        """Reduces the values of each key by a function."""
        return self.combineByKey(lambda value: value, func, func, numPartitions)

    def combineByKey(
        self,
        createCombiner: Callable[[Any], Any],
        mergeValue: Callable[[Any, Any], Any],
        mergeCombiners: Callable[[Any, Any], Any],
        numPartitions: "int | None" = None,
    ) -> "DStream[Any]":
        """Combines the values of each key."""
        partitions = self._partitions(numPartitions)
        return self.transform(lambda rdd: rdd.combineByKey(createCombiner, mergeValue, mergeCombiners, partitions))

    def groupByKey(self, numPartitions: "int | None" = None) -> "DStream[Any]":
        """Groups the values of each key."""
        partitions = self._partitions(numPartitions)
        return self.transform(lambda rdd: rdd.groupByKey(partitions))

    # Two streams.

    def union(self, other: "DStream[Any]") -> "DStream[Any]":
        """The elements of both streams."""
        if self._slideDuration != other._slideDuration:
            raise ValueError("the two DStream should have same slide duration")
        return self.transformWith(lambda a, b: a.union(b), other, True)

    def cogroup(self, other: "DStream[Any]", numPartitions: "int | None" = None) -> "DStream[Any]":
        """Groups the values of each key in both streams."""
        partitions = self._partitions(numPartitions)
        return self.transformWith(lambda a, b: a.cogroup(b, partitions), other)

    def join(self, other: "DStream[Any]", numPartitions: "int | None" = None) -> "DStream[Any]":
        """Joins both streams by key."""
        partitions = self._partitions(numPartitions)
        return self.transformWith(lambda a, b: a.join(b, partitions), other)

    def leftOuterJoin(self, other: "DStream[Any]", numPartitions: "int | None" = None) -> "DStream[Any]":
        """Joins both streams by key; keeps the keys of this one."""
        partitions = self._partitions(numPartitions)
        return self.transformWith(lambda a, b: a.leftOuterJoin(b, partitions), other)

    def rightOuterJoin(self, other: "DStream[Any]", numPartitions: "int | None" = None) -> "DStream[Any]":
        """Joins both streams by key; keeps the keys of the other one."""
        partitions = self._partitions(numPartitions)
        return self.transformWith(lambda a, b: a.rightOuterJoin(b, partitions), other)

    def fullOuterJoin(self, other: "DStream[Any]", numPartitions: "int | None" = None) -> "DStream[Any]":
        """Joins both streams by key; keeps the keys of both."""
        partitions = self._partitions(numPartitions)
        return self.transformWith(lambda a, b: a.fullOuterJoin(b, partitions), other)

    # Output.

    def foreachRDD(self, func: Callable[..., Any]) -> None:
        """Calls a function in this process with each RDD; it may take the batch's time first."""
        self._ssc._add_output(self._stream, with_time(func, 1), call_site())

    def pprint(self, num: int = 10) -> None:
        """Prints the first elements of each batch."""
        self.foreachRDD(lambda time, rdd: print_batch(time, rdd, num))

    def saveAsTextFiles(self, prefix: str, suffix: "str | None" = None) -> None:
        """Saves each RDD as text in a directory of its own, `prefix-TIME.suffix`."""

        def save(time: datetime, rdd: "RDD[Any]") -> None:
            save_batch(rdd, file_name(prefix, suffix, time))

        self.foreachRDD(save)

    # Memory.

    def cache(self) -> "DStream[Any]":
        """Keeps the RDDs in memory."""
        return self.persist(StorageLevel.MEMORY_ONLY)

    def persist(self, storageLevel: StorageLevel) -> "DStream[Any]":
        """Keeps the RDDs as the level says."""
        if not isinstance(storageLevel, StorageLevel):
            raise TypeError(f"storageLevel must be of type pyspark.StorageLevel, not {type(storageLevel).__name__}")
        self._stream.graph.check_open()
        self.is_cached = True
        self._stream.level = storageLevel
        return self

    def checkpoint(self, interval: Duration) -> "DStream[Any]":
        """Writes an RDD of the stream to the checkpoint directory once in an interval."""
        self._stream.graph.check_open()
        self.is_checkpointed = True
        self._stream.level = StorageLevel.MEMORY_ONLY
        self._stream.checkpoint_ms = int(interval * 1000)
        return self

    def slice(self, begin: "datetime | float", end: "datetime | float") -> "list[RDD[Any]]":
        """The RDDs between two times, both included."""
        return self._stream.between(milliseconds(begin), milliseconds(end))

    # Windows.

    @property
    def _slideDuration(self) -> float:
        return self._stream.slide_ms / 1000.0

    def _validate_window_param(self, window: Duration, slide: "Duration | None") -> None:
        step = self._stream.slide_ms
        for name, duration in (("windowDuration", window), ("slideDuration", slide)):
            if duration and int(duration * 1000) % step != 0:
                raise ValueError(f"{name} must be multiple of the parent dstream's slide (batch) duration ({step} ms)")

    def window(self, windowDuration: Duration, slideDuration: "Duration | None" = None) -> "DStream[Any]":
        """All elements within a window, once per slide."""
        self._validate_window_param(windowDuration, slideDuration)
        return self._of(WindowStream(self._stream, *self._window_ms(windowDuration, slideDuration)))

    def _window_ms(self, window: Duration, slide: "Duration | None") -> tuple[int, int]:
        return int(window * 1000), self._stream.slide_ms if slide is None else int(slide * 1000)

    def reduceByWindow(
        self,
        reduceFunc: Callable[[Any, Any], Any],
        invReduceFunc: "Callable[[Any, Any], Any] | None",
        windowDuration: Duration,
        slideDuration: Duration,
    ) -> "DStream[Any]":
        """One element per slide: the window's elements reduced by a function."""
        keyed = self.map(lambda element: (1, element))
        reduced = keyed.reduceByKeyAndWindow(reduceFunc, invReduceFunc, windowDuration, slideDuration, 1)
        return reduced.map(lambda pair: pair[1])

    def countByWindow(self, windowDuration: Duration, slideDuration: Duration) -> "DStream[int]":
        """One element per slide: how many elements the window has."""
        ones = self.map(lambda _: 1)
        return ones.reduceByWindow(operator.add, operator.sub, windowDuration, slideDuration)

    def countByValueAndWindow(
        self, windowDuration: Duration, slideDuration: Duration, numPartitions: "int | None" = None
    ) -> "DStream[Any]":
        """Pairs of each distinct element and how often it is in the window."""
        ones = self.map(lambda element: (element, 1))
        counted = ones.reduceByKeyAndWindow(operator.add, operator.sub, windowDuration, slideDuration, numPartitions)
        return counted.filter(lambda pair: pair[1] > 0)

    def groupByKeyAndWindow(
        self, windowDuration: Duration, slideDuration: Duration, numPartitions: "int | None" = None
    ) -> "DStream[Any]":
        """The window's values of each key."""
        lists = self.mapValues(lambda value: [value])
        grouped = lists.reduceByKeyAndWindow(
            lambda a, b: a + b, lambda a, b: a[len(b) :], windowDuration, slideDuration, numPartitions
        )
        return grouped.mapValues(ResultIterable)

    def reduceByKeyAndWindow(
        self,
        func: Callable[[Any, Any], Any],
        invFunc: "Callable[[Any, Any], Any] | None",
        windowDuration: Duration,
        slideDuration: "Duration | None" = None,
        numPartitions: "int | None" = None,
        filterFunc: "Callable[[Any], bool] | None" = None,
    ) -> "DStream[Any]":
        """The window's values of each key reduced by a function.

        With its inverse, a window is made from the one before: what came is added, what left is taken away.
        """
        self._validate_window_param(windowDuration, slideDuration)
        partitions = self._partitions(numPartitions)
        reduced = self.reduceByKey(func, partitions)
        if invFunc is None:
            return reduced.window(windowDuration, slideDuration).reduceByKey(func, partitions)
        inverse: Callable[[Any, Any], Any] = invFunc

        def add(_: datetime, to: Any, batch: Any) -> Any:
            batch = batch.reduceByKey(func, partitions)
            sums = batch if to is None else to.union(batch).reduceByKey(func, partitions)
            return sums.filter(filterFunc) if filterFunc else sums

        def take_away(_: datetime, of: Any, batch: Any) -> Any:
            batch = batch.reduceByKey(func, partitions)
            joined = of.leftOuterJoin(batch, partitions)
            return joined.mapValues(lambda pair: pair[0] if pair[1] is None else inverse(pair[0], pair[1]))

        times = reduced._window_ms(windowDuration, slideDuration)
        return self._of(ReducedWindowStream(reduced._stream, add, take_away, *times))

    # State.

    def updateStateByKey(
        self,
        updateFunc: Callable[[Iterable[Any], Any], Any],
        numPartitions: "int | None" = None,
        initialRDD: Any = None,
    ) -> "DStream[Any]":
        """A state for each key: in every batch a function makes the new one from the batch's values and the old one.

        A key whose new state is `None` has none any more.
        """
        partitions = self._partitions(numPartitions)
        initial = initialRDD or None
        if initial is not None and not isinstance(initial, RDD):
            initial = self._sc.parallelize(initial)

        def update(_: datetime, state: Any, batch: Any) -> Any:
            if state is None:
                groups = batch.groupByKey(partitions).mapValues(lambda values: (list(values), None))
            else:
                both = state.cogroup(batch.partitionBy(partitions), partitions)
                groups = both.mapValues(lambda pair: (list(pair[1]), next(iter(pair[0]), None)))
            states = groups.mapValues(lambda pair: updateFunc(pair[0], pair[1]))
            return states.filter(lambda pair: pair[1] is not None)

        return self._of(StateStream(self._stream, update, initial))


class TransformedDStream(DStream[Any]):
    """A stream that is a function of another one's RDDs."""


def milliseconds(moment: "datetime | float") -> int:
    """A time as a program gives it: seconds since the epoch, or a `datetime`, of which the whole seconds count."""
    seconds = time.mktime(moment.timetuple()) if isinstance(moment, datetime) else moment
    return int(seconds * 1000)
