"""The steps around a shuffle: values combined before it, pairs sent to their partitions, and merged or sorted after it.

What does not fit into the memory of a worker (`spark.python.worker.memory`) goes to disk, by the mergers and the sorter of
`pyspark.shuffle`. All of these steps work on pairs of a key and a value.
"""

import bisect
import copy
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyspark.serializers import Serializer, pack_long
from pyspark.shuffle import Aggregator, ExternalGroupBy, ExternalMerger, ExternalSorter, get_used_memory

from firesteel.classic.tasks import partitioner
from firesteel.classic.tasks.steps import stop_iteration

Pairs = Iterable[tuple[Any, Any]]
KeyFunction = Callable[[Any], Any]

PARTIAL_MEMORY = 0.9
"""The part of the memory that a step takes which shares its task with another one."""

BATCH_START = 10
BATCH_START_MAX = 1000
PAIRS_BETWEEN_LOOKS = 1000
FRAME_MEGABYTES_MAX = 10


def combined(aggregator: Aggregator, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
    """Each key of this partition once, with what its values come to."""
    merger = ExternalMerger(aggregator, memory_mb * PARTIAL_MEMORY)
    merger.mergeValues(pairs)
    return merger.items()


def merged(aggregator: Aggregator, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
    """Each key once, its combined values from all partitions merged."""
    merger = ExternalMerger(aggregator, memory_mb)
    merger.mergeCombiners(pairs)
    return merger.items()


def grouped(aggregator: Aggregator, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
    """Each key once with all its values, which may be more than fit into memory."""
    merger: Any = ExternalGroupBy(aggregator, memory_mb)
    merger.mergeCombiners(pairs)
    result: Iterable[Any] = merger.items()
    return result


def sorted_by_key(key: KeyFunction, ascending: bool, memory_mb: float, _split: int, pairs: Pairs) -> Iterable[Any]:
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


GROUPS = Aggregator(one_value, with_another, with_others)


class RangePartition:
    """The number of the range of keys that a key falls into; `bounds` are the last keys of all ranges but one."""

    def __init__(self, bounds: list[Any], key: KeyFunction, ascending: bool, partitions: int) -> None:
        self.bounds = bounds
        self.key = key
        self.ascending = ascending
        self.partitions = partitions

    def __call__(self, key: Any) -> int:
        place = bisect.bisect_left(self.bounds, self.key(key))
        return place if self.ascending else self.partitions - 1 - place


def sent(
    partitions: int, function: KeyFunction, memory_mb: float, serializer: Serializer, _split: int, pairs: Pairs
) -> Iterator[bytes]:
    """The pairs as frames for a shuffle: by turns the number of a partition (8 bytes) and a pickled batch of its pairs.

    Batches grow while their frames are small. They are sent early when memory runs short.
    """
    if function is partitioner.portable_hash:
        partitioner.require_hash_seed()
        function = partitioner.seeded_hash
    buckets: dict[int, list[Any]] = defaultdict(list)
    waiting, batch = 0, float(min(BATCH_START * partitions, BATCH_START_MAX))
    for pair in pairs:
        key, value = pair
        buckets[function(key) % partitions].append((key, value))
        waiting += 1
        if waiting > batch or (waiting % PAIRS_BETWEEN_LOOKS == 0 and get_used_memory() > memory_mb):
            size = 0
            frames = len(buckets)
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


def from_zero(zero: Any, merge: Callable[[Any, Any], Any], value: Any) -> Any:
    """The first value of a key merged into a start value of the key's own."""
    return merge(copy.deepcopy(zero), value)


def reduced_by_key(f: Callable[[Any, Any], Any], _split: int, pairs: Pairs) -> list[dict[Any, Any]]:
    """The keys of this partition with their values merged, as one dictionary."""
    return [merge_pairs(f, pairs)]


def merge_pairs(f: Callable[[Any, Any], Any], pairs: Pairs) -> dict[Any, Any]:
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
