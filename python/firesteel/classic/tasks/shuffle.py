"""The steps around a shuffle: values combined before it, pairs sent to their partitions, and merged or sorted after it.

What does not fit into the memory of a worker (`spark.python.worker.memory`) goes to disk, by the mergers and the sorter of
`pyspark.shuffle`. All of these steps work on pairs of a key and a value.
"""

import bisect
import copy
import itertools
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyspark.serializers import Serializer, pack_long
from pyspark.shuffle import ExternalGroupBy, ExternalMerger, ExternalSorter, get_used_memory

from firesteel.classic.tasks import partitioner
from firesteel.classic.tasks.steps import stop_iteration

Pairs = Iterable[tuple[Any, Any]]
Function = Callable[[Any], Any]
Merge = Callable[[Any, Any], Any]

NOTHING = object()
"""What no key is."""

PARTIAL_MEMORY = 0.9
"""The part of the memory that a step takes which shares its task with another one."""

BATCH_START = 10
BATCH_START_MAX = 1000
PAIRS_BETWEEN_LOOKS = 1000
FRAME_MEGABYTES_MAX = 10


class Combining:
    """How the values of a key are combined: the functions of `combineByKey`, as they are.

    `pyspark.shuffle.Aggregator` wraps each of them against `StopIteration`, at a cost for every value; here the steps
    that call them look after that.
    """

    def __init__(self, create: Function, merge_value: Merge, merge_combiners: Merge) -> None:
        self.createCombiner = create
        self.mergeValue = merge_value
        self.mergeCombiners = merge_combiners


class Merger(ExternalMerger):
    """`ExternalMerger`, which counts and looks at the memory a bunch of pairs at a time, until it has to spill."""

    def mergeValues(self, iterator: Pairs) -> None:
        """Merges pairs of keys and values."""
        data, create, merge = self.data, self.agg.createCombiner, self.agg.mergeValue
        iterator = iter(iterator)
        bunch = int(self.batch)
        while True:
            key: Any = NOTHING
            for key, value in itertools.islice(iterator, bunch):
                data[key] = merge(data[key], value) if key in data else create(value)
            if key is NOTHING:
                return
            if get_used_memory() >= self.memory_limit:
                self._spill()
                return super().mergeValues(iterator)
            bunch += bunch // 2

    def mergeCombiners(self, iterator: Pairs, limit: "float | None" = None) -> None:
        """Merges pairs of keys and combined values."""
        if limit is not None:
            # What was spilled is being merged.
            return super().mergeCombiners(iterator, limit)
        data, merge = self.data, self.agg.mergeCombiners
        iterator = iter(iterator)
        bunch = int(self.batch)
        while True:
            key: Any = NOTHING
            for key, value in itertools.islice(iterator, bunch):
                data[key] = merge(data[key], value) if key in data else value
            if key is NOTHING:
                return
            if get_used_memory() >= self.memory_limit:
                self._spill()
                return super().mergeCombiners(iterator)
            bunch += bunch // 2


def combined(combining: Combining, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
    """Each key of this partition once, with what its values come to."""
    merger = Merger(combining, memory_mb * PARTIAL_MEMORY)
    try:
        merger.mergeValues(pairs)
    except StopIteration as error:
        raise stop_iteration(error) from error
    return merger.items()


def merged(combining: Combining, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
    """Each key once, its combined values from all partitions merged."""
    merger = Merger(combining, memory_mb)
    try:
        merger.mergeCombiners(pairs)
    except StopIteration as error:
        raise stop_iteration(error) from error
    return merger.items()


def grouped(combining: Combining, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
    """Each key once with all its values, which may be more than fit into memory."""
    merger: Any = ExternalGroupBy(combining, memory_mb)
    merger.mergeCombiners(pairs)
    result: Iterable[Any] = merger.items()
    return result


def sorted_by_key(key: Function, ascending: bool, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
    """The pairs in the order of their keys."""
    sorter: Any = ExternalSorter(memory_mb * PARTIAL_MEMORY)
    result: Iterable[Any] = sorter.sorted(pairs, key=lambda pair: key(pair[0]), reverse=not ascending)
    return result


def one_value(value: Any) -> list[Any]:
    """The first value of a group."""
    return [value]


def with_another(values: list[Any], value: Any) -> list[Any]:
    """A group with one more value."""
    values.append(value)
    return values


def with_others(values: list[Any], others: list[Any]) -> list[Any]:
    """Two groups of one key."""
    values.extend(others)
    return values


GROUPS = Combining(one_value, with_another, with_others)


class RangePartition:
    """The number of the range of keys that a key falls into; `bounds` are the last keys of all ranges but one."""

    def __init__(self, bounds: list[Any], key: Function, ascending: bool, partitions: int) -> None:
        self.bounds = bounds
        self.key = key
        self.ascending = ascending
        self.partitions = partitions

    def __call__(self, key: Any) -> int:
        place = bisect.bisect_left(self.bounds, self.key(key))
        return place if self.ascending else self.partitions - 1 - place


def sent(
    partitions: int, function: Function, memory_mb: float, serializer: Serializer, _split: int, pairs: Pairs
) -> Iterator[bytes]:
    """The pairs as frames for a shuffle: by turns the number of a partition (8 bytes) and a pickled batch of its pairs.

    Batches grow while their frames are small. They are sent early when memory runs short.
    """
    if function is partitioner.portable_hash:
        partitioner.require_hash_seed()
        function = partitioner.seeded_hash
    buckets: dict[int, list[Any]] = defaultdict(list)
    iterator = iter(pairs)
    waiting, batch = 0, float(min(BATCH_START * partitions, BATCH_START_MAX))
    while True:
        bunch = min(max(int(batch), 1), PAIRS_BETWEEN_LOOKS)
        key: Any = NOTHING
        for key, value in itertools.islice(iterator, bunch):
            buckets[function(key) % partitions].append((key, value))
        if key is NOTHING:
            break
        waiting += bunch
        if waiting >= batch or get_used_memory() > memory_mb:
            size, frames = 0, len(buckets)
            for number, bucket in buckets.items():
                frame = serializer.dumps(bucket)
                size += len(frame)
                yield pack_long(number)
                yield frame
            buckets.clear()
            waiting = 0
            batch = _next_batch(batch, size / frames / (1 << 20))
    for number, bucket in buckets.items():
        yield pack_long(number)
        yield serializer.dumps(bucket)


def _next_batch(batch: float, frame_megabytes: float) -> float:
    if frame_megabytes < 1:
        return min(sys.maxsize, batch * 1.5)
    if frame_megabytes >= FRAME_MEGABYTES_MAX + 1:
        return max(batch / 1.5, 1)
    return batch


def itself(value: Any) -> Any:
    """The value."""
    return value


def either(value: Any, _other: Any) -> Any:
    """One of two values that are equal."""
    return value


def from_zero(zero: Any, merge: Merge, value: Any) -> Any:
    """The first value of a key merged into a start value of the key's own."""
    return merge(copy.deepcopy(zero), value)


def reduced_by_key(f: Merge, _split: int, pairs: Pairs) -> list[dict[Any, Any]]:
    """The keys of this partition with their values merged, as one dictionary."""
    return [merge_pairs(f, pairs)]


def merge_pairs(f: Merge, pairs: Pairs) -> dict[Any, Any]:
    """A dictionary of pairs, in which the values of one key are merged."""
    found: dict[Any, Any] = {}
    try:
        for key, value in pairs:
            found[key] = f(found[key], value) if key in found else value
    except StopIteration as error:
        raise stop_iteration(error) from error
    return found


def counted_by_value(_split: int, elements: Iterable[Any]) -> list[dict[Any, int]]:
    """How often each element occurs in this partition."""
    return [dict(Counter(elements))]
