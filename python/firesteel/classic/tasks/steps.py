"""What the workers run: a step turns the elements of one partition into others.

A step is called with the partition's number and an iterator, and gives an iterable. Those here are functions with their
own parameters first, bound with `functools.partial`: pickled, such a step is two names and what the user gave. A pipeline
is some steps in a row, so a chain of narrow operations is one function, pickled once and called once for each task.

Elements stay in C where they can: a step costs nothing for an element but the user's own function. The price is `map` and
`filter`, to which a `StopIteration` raised by that function looks like the end; so their input is watched (`_watched`),
and what would have been a short result is an error.
"""

import functools
import heapq
import itertools
import operator
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyspark.statcounter import StatCounter

Function = Callable[..., Any]
Elements = Iterable[Any]
Step = Callable[[int, Iterable[Any]], Iterable[Any]]


class Pipeline:
    """Steps in a row."""

    __slots__ = ("steps",)

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps

    def __call__(self, split: int, elements: Elements) -> Elements:
        for step in self.steps:
            elements = step(split, elements)
        return elements

    def __reduce__(self) -> tuple[type, tuple[Any]]:
        return Pipeline, (self.steps,)


def stop_iteration(cause: BaseException | None = None) -> RuntimeError:
    """The error for a user's function that raised `StopIteration`, which would pass for the end of its input."""
    error = RuntimeError("Caught StopIteration thrown from user's code; failing the task", cause)
    error.__cause__ = cause
    return error


def _watched(apply: Callable[[Function, Elements], Elements], f: Function, elements: Elements) -> Elements:
    """`apply(f, elements)` that ends only when `elements` does."""
    ended = False

    def end() -> Iterator[Any]:
        nonlocal ended
        ended = True
        return
        yield

    def check() -> Iterator[Any]:
        if not ended:
            raise stop_iteration()
        return
        yield

    return itertools.chain(apply(f, itertools.chain(elements, end())), check())


def by_partition(f: Function, _split: int, elements: Elements) -> Elements:
    """The function of a whole partition."""
    result: Elements = f(elements)
    return result


def mapped(f: Function, _split: int, elements: Elements) -> Elements:
    """Each element's result."""
    return _watched(map, f, elements)


def flat_mapped(f: Function, _split: int, elements: Elements) -> Elements:
    """All results for each element."""
    return itertools.chain.from_iterable(_watched(map, f, elements))


def filtered(f: Function, _split: int, elements: Elements) -> Elements:
    """The elements that pass."""
    if not callable(f):
        # `filter` would take None for a test of its own.
        raise TypeError(f"{type(f).__name__!r} object is not callable")
    return _watched(filter, f, elements)


def gathered(_split: int, elements: Elements) -> Elements:
    """All elements as one list."""
    return [list(elements)]


def unchanged(_split: int, elements: Elements) -> Elements:
    """The same elements, which then go through another serializer."""
    return elements


def each(f: Function, _split: int, elements: Elements) -> Elements:
    """Calls the function for each element, for what it does."""
    try:
        for element in elements:
            f(element)
    except StopIteration as error:
        raise stop_iteration(error) from error
    return ()


def each_partition(f: Function, _split: int, elements: Elements) -> Elements:
    """Calls the function for the partition; if it is a generator, that must be run to its end."""
    result = f(elements)
    try:
        return iter(result)
    except TypeError:
        return ()


def first_of(count: int, _split: int, elements: Elements) -> Elements:
    """The first elements; no further ones are asked for."""
    return itertools.islice(elements, count)


def counted(_split: int, elements: Elements) -> Elements:
    """How many elements there are."""
    counter = itertools.count()
    # `zip` asks `elements` first, so the counter has not moved when they are over.
    deque(zip(elements, counter), maxlen=0)
    return [next(counter)]


def summed(_split: int, elements: Elements) -> Elements:
    """The sum of the elements."""
    return [sum(elements)]


def summed_as_float(_split: int, elements: Elements) -> Elements:
    """The sum of the elements, as a float."""
    return [float(sum(elements))]


def reduced(f: Function, _split: int, elements: Elements) -> Elements:
    """The elements merged into one; nothing for an empty partition."""
    iterator = iter(elements)
    for first in iterator:
        return [_fold(f, iterator, first)]
    return ()


def folded(f: Function, zero: Any, _split: int, elements: Elements) -> Elements:
    """The elements merged into a start value."""
    return [_fold(f, elements, zero)]


def _fold(f: Function, elements: Elements, value: Any) -> Any:
    try:
        return functools.reduce(f, elements, value)
    except StopIteration as error:
        raise stop_iteration(error) from error


def numbered(starts: list[int], split: int, elements: Elements) -> Elements:
    """Each element with its place in the whole RDD; `starts` says where each partition begins."""
    return zip(elements, itertools.count(starts[split]))


def numbered_apart(partitions: int, split: int, elements: Elements) -> Elements:
    """Each element with a number of its own, found without knowing how long other partitions are."""
    return zip(elements, itertools.count(split, partitions))


def spread(partitions: int, split: int, elements: Elements) -> Elements:
    """Each element behind the number of the partition that its own partition is merged into."""
    return zip(itertools.repeat(split % partitions), elements)


def tagged(tag: Any, element: Any) -> tuple[Any, Any]:
    """The element behind a tag; as `partial(tagged, tag)` a function of elements."""
    return tag, element


def keyed(f: Function, element: Any) -> tuple[Any, Any]:
    """The element behind its key."""
    return f(element), element


def as_key(element: Any) -> tuple[Any, None]:
    """The element as the key of nothing."""
    return element, None


def as_pair(element: Any) -> tuple[Any, Any]:
    """The element twice."""
    return element, element


key_of = operator.itemgetter(0)
value_of = operator.itemgetter(1)


def with_value(f: Function, pair: Any) -> tuple[Any, Any]:
    """The pair with another value."""
    return pair[0], f(pair[1])


def with_values(f: Function, pair: Any) -> Iterator[tuple[Any, Any]]:
    """The pair's key with each of several values."""
    return zip(itertools.repeat(pair[0]), f(pair[1]))


def has_key(key: Any, pair: Any) -> Any:
    """Whether the pair has this key."""
    return pair[0] == key


def largest(count: int, key: Any, _split: int, elements: Elements) -> Elements:
    """The largest elements, as one list."""
    return [heapq.nlargest(count, elements, key=key)]


def smallest(count: int, key: Any, _split: int, elements: Elements) -> Elements:
    """The smallest elements, as one list."""
    return [heapq.nsmallest(count, elements, key=key)]


def largest_of_both(count: int, key: Any, one: list[Any], other: list[Any]) -> list[Any]:
    """The largest elements of two lists."""
    return heapq.nlargest(count, one + other, key=key)


def smallest_of_both(count: int, key: Any, one: list[Any], other: list[Any]) -> list[Any]:
    """The smallest elements of two lists."""
    return heapq.nsmallest(count, one + other, key=key)


def statistics(_split: int, elements: Elements) -> Elements:
    """Count, mean, variance, minimum and maximum of the elements."""
    return [StatCounter(elements)]


def range_of_both(one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
    """The smallest and the largest of two pairs of them."""
    return min(one[0], other[0]), max(one[1], other[1])
