"""The values of one key, sorted out by the RDDs they are from. A value comes behind the number of its RDD."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from pyspark.resultiterable import ResultIterable


def pairs(without_left: bool, without_right: bool, values: Iterable[tuple[int, Any]]) -> Iterator[tuple[Any, Any]]:
    """Each value of the left RDD with each of the right one; `None` for the side that has none and may be missing."""
    sides: tuple[list[Any], list[Any]] = ([], [])
    for number, value in values:
        sides[number].append(value)
    left, right = sides
    if without_left and not left:
        left.append(None)
    if without_right and not right:
        right.append(None)
    return product(left, right)


def groups(count: int, values: Iterable[tuple[int, Any]]) -> "tuple[ResultIterable[Any], ...]":
    """The values of each RDD together."""
    found: list[list[Any]] = [[] for _ in range(count)]
    for number, value in values:
        found[number].append(value)
    return tuple(map(ResultIterable, found))


def only_here(pair: tuple[Any, tuple[Any, Any]]) -> bool:
    """Whether the first RDD has the key and the second has not."""
    here, there = pair[1]
    return bool(len(here)) and not len(there)


def in_both(pair: tuple[Any, tuple[Any, Any]]) -> bool:
    """Whether both RDDs have the key."""
    here, there = pair[1]
    return bool(len(here)) and bool(len(there))
