"""Which partition a key belongs to."""

import os
import sys
from collections.abc import Callable, Hashable
from typing import Any

HASH_START = 0x345678
HASH_FACTOR = 1000003


def portable_hash(x: Hashable) -> int:
    """A hash that is the same in every process, for keys of Python's own types, `None` and tuples of them.

    Python mixes a secret of the process into the hashes of strings and bytes unless `PYTHONHASHSEED` is set, so without
    it the answer would mean nothing to any other process, and is refused.

    >>> portable_hash(None)
    0
    >>> portable_hash((None, 1)) & 0xffffffff
    219750521
    """
    require_hash_seed()
    return seeded_hash(x)


def has_hash_seed() -> bool:
    """Whether this process hashes as others do."""
    return os.environ.get("PYTHONHASHSEED", "random") != "random"


def require_hash_seed() -> None:
    """Refuses to hash in a process whose hashes are its own."""
    if not has_hash_seed():
        from pyspark.errors import PySparkRuntimeError

        raise PySparkRuntimeError(errorClass="PYTHON_HASH_SEED_NOT_SET", messageParameters={})


def seeded_hash(x: Hashable) -> int:
    """`portable_hash`, in a process that is known to have the seed."""
    if x is None:
        return 0
    if isinstance(x, tuple):
        mixed = HASH_START
        for item in x:
            mixed = ((mixed ^ seeded_hash(item)) * HASH_FACTOR) & sys.maxsize
        mixed ^= len(x)
        return -2 if mixed == -1 else mixed
    return hash(x)


class Partitioner:
    """Spreads keys over partitions; two that do it in the same way are equal, and RDDs that have them join in place."""

    def __init__(self, numPartitions: int, partitionFunc: Callable[[Any], int]) -> None:
        self.numPartitions = numPartitions
        self.partitionFunc = partitionFunc

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Partitioner)
            and self.numPartitions == other.numPartitions
            and self.partitionFunc == other.partitionFunc
        )

    # As in PySpark: what has an order of its own cannot be a key.
    __hash__ = None  # type: ignore[assignment]

    def __call__(self, k: Any) -> int:
        return self.partitionFunc(k) % self.numPartitions
