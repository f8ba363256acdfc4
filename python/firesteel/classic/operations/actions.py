"""Actions: operations that run a job and give its result to the driver."""

import functools
import io
import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from firesteel.classic.properties import DESCRIPTION, INTERRUPT_ON_CANCEL, JOB_GROUP
from firesteel.classic.tasks import steps

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")
U = TypeVar("U")

SCAN_FACTOR = 4
"""How many times more partitions than before `take` looks at, at most, when it has not found enough."""

SCAN_MARGIN = 1.5
"""By how much `take` overestimates the partitions that it still needs."""

TREE_FAN_IN_MIN = 2


class Actions:
    """`collect`, `reduce`, `take` and their kin."""

    def collect(self: "RDD[T]") -> list[T]:
        """All elements, in the memory of the driver.

        >>> sc.range(5).collect()
        [0, 1, 2, 3, 4]
        """
        return self._results()

    def collectWithJobGroup(self: "RDD[T]", groupId: str, description: str, interruptOnCancel: bool = False) -> list[T]:
        """`collect` in a job group of its own."""
        warnings.warn(
            "collectWithJobGroup is deprecated; set the group with SparkContext.setJobGroup in a pyspark.InheritableThread",
            FutureWarning,
            stacklevel=2,
        )
        group = {
            JOB_GROUP: groupId,
            DESCRIPTION: description,
            INTERRUPT_ON_CANCEL: str(bool(interruptOnCancel)).lower(),
        }
        return self._results(properties=group)

    def toLocalIterator(self: "RDD[T]", prefetchPartitions: bool = False) -> Iterator[T]:
        """The elements one by one: the driver holds one partition at a time, or two if it fetches ahead.

        Each partition is a job of its own, so what is expensive should be cached.

        >>> list(sc.parallelize(range(5), 2).toLocalIterator())
        [0, 1, 2, 3, 4]
        """
        numbers = range(self.getNumPartitions())
        if prefetchPartitions:
            return self._fetched_ahead(numbers)
        return itertools.chain.from_iterable(self._results([number]) for number in numbers)

    def _fetched_ahead(self: "RDD[T]", numbers: Iterable[int]) -> Iterator[T]:
        properties = self.ctx._properties.for_job()

        def fetch(number: int) -> list[T]:
            return self._results([number], properties)

        thread = ThreadPoolExecutor(1, "firesteel-prefetch")
        try:
            ahead: Future[list[T]] | None = None
            for number in numbers:
                current, ahead = ahead, thread.submit(fetch, number)
                if current is not None:
                    yield from current.result()
            if ahead is not None:
                yield from ahead.result()
        finally:
            thread.shutdown(wait=False, cancel_futures=True)

    def foreach(self: "RDD[T]", f: Callable[[T], None]) -> None:
        """Calls `f` for each element, in the workers.

        >>> sc.parallelize([1, 2, 3, 4, 5]).foreach(lambda x: None)
        """
        self._step(functools.partial(steps.each, f))._results()

    def foreachPartition(self: "RDD[T]", f: Callable[[Iterable[T]], None]) -> None:
        """Calls `f` for the iterator of each partition, in the workers.

        >>> sc.parallelize([1, 2, 3, 4, 5]).foreachPartition(lambda iterator: None)
        """
        self._step(functools.partial(steps.each_partition, f))._step(steps.counted)._results()

    def reduce(self: "RDD[T]", f: Callable[[T, T], T]) -> T:
        """All elements merged into one; `f` must not mind in which order.

        >>> sc.parallelize([1, 2, 3, 4, 5]).reduce(lambda x, y: x + y)
        15
        """
        values = self._step(functools.partial(steps.reduced, f))._results()
        if not values:
            raise ValueError("Can not reduce() empty RDD")
        return _merge(f, values)

    def treeReduce(self: "RDD[T]", f: Callable[[T, T], T], depth: int = 2) -> T:
        """`reduce`, with most of the merging done in the workers.

        >>> sc.parallelize([-5, -4, -3, -2, -1, 1, 2, 3, 4], 10).treeReduce(lambda x, y: x + y)
        -5
        """
        _check_depth(depth)
        values = self._step(functools.partial(steps.reduced, f))
        if not values.getNumPartitions():
            raise ValueError("Cannot reduce empty RDD.")
        merge = functools.partial(steps.reduced, f)
        found = values._merged_by_tree(depth, merge)._step(merge)._results()
        if not found:
            raise ValueError("Cannot reduce empty RDD.")
        return _merge(f, found)

    def fold(self: "RDD[T]", zeroValue: T, op: Callable[[T, T], T]) -> T:
        """All elements merged into a neutral start value, which each partition and the driver begin with.

        >>> sc.parallelize([1, 2, 3, 4, 5]).fold(0, lambda x, y: x + y)
        15
        """
        return _merge(op, self._step(functools.partial(steps.folded, op, zeroValue))._results(), zeroValue)

    def aggregate(self: "RDD[T]", zeroValue: U, seqOp: Callable[[U, T], U], combOp: Callable[[U, U], U]) -> U:
        """The elements of each partition merged into a start value by `seqOp`, and the results of those by `combOp`.

        >>> sc.parallelize([1, 2, 3, 4]).aggregate((0, 0), lambda a, x: (a[0] + x, a[1] + 1),
        ...                                        lambda a, b: (a[0] + b[0], a[1] + b[1]))
        (10, 4)
        """
        return _merge(combOp, self._step(functools.partial(steps.folded, seqOp, zeroValue))._results(), zeroValue)

    def treeAggregate(
        self: "RDD[T]", zeroValue: U, seqOp: Callable[[U, T], U], combOp: Callable[[U, U], U], depth: int = 2
    ) -> U:
        """`aggregate`, with most of the merging done in the workers, in `depth` levels.

        >>> add = lambda x, y: x + y
        >>> sc.parallelize([-5, -4, -3, -2, -1, 1, 2, 3, 4], 10).treeAggregate(0, add, add)
        -5
        """
        _check_depth(depth)
        if not self.getNumPartitions():
            return zeroValue
        values = self._step(functools.partial(steps.folded, seqOp, zeroValue))
        merge = functools.partial(steps.reduced, combOp)
        return _merge(combOp, values._merged_by_tree(depth, merge)._step(merge)._results())

    def _merged_by_tree(self: "RDD[U]", depth: int, merge: steps.Step) -> "RDD[U]":
        """An RDD of few partitions, in which those of this one are merged level by level."""
        rdd, partitions = self, float(self.getNumPartitions())
        fan_in = max(math.ceil(partitions ** (1.0 / depth)), TREE_FAN_IN_MIN)
        # A further level must be worth its shuffle.
        while partitions > fan_in + partitions / fan_in:
            partitions /= fan_in
            fewer = int(partitions)
            rdd = rdd._step(functools.partial(steps.spread, fewer)).partitionBy(fewer, int).values()._step(merge)
        return rdd

    def count(self) -> int:
        """How many elements there are.

        >>> sc.parallelize([2, 3, 4]).count()
        3
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return sum(rdd._step(steps.counted)._results())

    def max(self: "RDD[T]", key: "Callable[[T], Any] | None" = None) -> T:
        """The largest element, or the one with the largest key.

        >>> sc.parallelize([1.0, 5.0, 43.0, 10.0]).max()
        43.0
        """
        return self.reduce(functools.partial(max, key=key))

    def min(self: "RDD[T]", key: "Callable[[T], Any] | None" = None) -> T:
        """The smallest element, or the one with the smallest key.

        >>> sc.parallelize([2.0, 5.0, 43.0, 10.0]).min(key=str)
        10.0
        """
        return self.reduce(functools.partial(min, key=key))

    def top(self: "RDD[T]", num: int, key: "Callable[[T], Any] | None" = None) -> list[T]:
        """The `num` largest elements, largest first.

        >>> sc.parallelize([10, 4, 2, 12, 3]).top(3, key=str)
        [4, 3, 2]
        """
        lists = self._step(functools.partial(steps.largest, num, key))
        return lists.reduce(functools.partial(steps.largest_of_both, num, key))

    def takeOrdered(self: "RDD[T]", num: int, key: "Callable[[T], Any] | None" = None) -> list[T]:
        """The `num` smallest elements, smallest first.

        >>> sc.parallelize([10, 1, 2, 9, 3, 4, 5, 6, 7], 2).takeOrdered(6, key=lambda x: -x)
        [10, 9, 7, 6, 5, 4]
        """
        if num < 0:
            raise ValueError("top N cannot be negative.")
        if num == 0 or not self.getNumPartitions():
            return []
        lists = self._step(functools.partial(steps.smallest, num, key))
        return lists.reduce(functools.partial(steps.smallest_of_both, num, key))

    def take(self: "RDD[T]", num: int) -> list[T]:
        """The first `num` elements. It looks at one partition, and then at as many more as it seems to need.

        >>> sc.parallelize(range(100), 100).filter(lambda x: x > 90).take(3)
        [91, 92, 93]
        """
        items: list[T] = []
        total, scanned = self.getNumPartitions(), 0
        while len(items) < num and scanned < total:
            tried = 1
            if scanned and not items:
                tried = scanned * SCAN_FACTOR
            elif scanned:
                needed = int(SCAN_MARGIN * num * scanned / len(items)) - scanned
                tried = min(max(needed, 1), scanned * SCAN_FACTOR)
            first_ones = self._step(functools.partial(steps.first_of, num - len(items)))
            items += first_ones._results(range(scanned, min(scanned + tried, total)))
            scanned += tried
        return items[:num]

    def first(self: "RDD[T]") -> T:
        """The first element.

        >>> sc.parallelize([2, 3, 4]).first()
        2
        """
        for element in self.take(1):
            return element
        raise ValueError("RDD is empty")

    def isEmpty(self) -> bool:
        """Whether there is no element at all.

        >>> sc.parallelize([]).isEmpty()
        True
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return not rdd.getNumPartitions() or not rdd.take(1)

    def _results(
        self: "RDD[T]", partitions: "Iterable[int] | None" = None, properties: "Mapping[str, str] | None" = None
    ) -> list[T]:
        """Runs a job; the elements of some partitions, or of all."""
        node, load = self._jrdd, self._jrdd_deserializer.load_stream
        of_job = {**self.ctx._properties.for_job(), **(properties or {})}
        streams = self.ctx._lineage.collect(node, partitions, of_job)
        return list(itertools.chain.from_iterable(load(io.BytesIO(stream)) for stream in streams))


def _merge(f: Callable[[Any, Any], Any], values: list[Any], *zero: Any) -> Any:
    """Merges the results of partitions in the driver."""
    try:
        return functools.reduce(f, values, *zero)
    except StopIteration as error:
        raise steps.stop_iteration(error) from error


def _check_depth(depth: int) -> None:
    if depth < 1:
        raise ValueError(f"The depth of the tree must be at least 1, not {depth}.")
