"""The steps of RDD tasks, in this process: what they give, that they are lazy, and what they make of errors."""

import functools
import itertools
import pickle
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from firesteel.classic.tasks import joins, shuffle, steps, text
from firesteel.classic.tasks.pipe import piped
from firesteel.classic.tasks.steps import Pipeline
from pyspark.serializers import CPickleSerializer


def run(step: Any, elements: Any, split: int = 0) -> list[Any]:
    """What a step gives."""
    return list(step(split, iter(elements)))


def stop(*_: Any) -> None:
    """A user's function that must not end its task."""
    raise StopIteration


def test_a_pipeline_is_its_steps_in_a_row_after_pickling_too() -> None:
    pipeline = Pipeline(
        (
            functools.partial(steps.flat_mapped, str.split),
            functools.partial(steps.mapped, len),
            functools.partial(steps.filtered, bool),
        )
    )
    for function in (pipeline, pickle.loads(pickle.dumps(pipeline))):
        assert run(function, ["a bb", "", "ccc"]) == [1, 2, 3]


@pytest.mark.parametrize(
    "step",
    [
        functools.partial(steps.mapped, stop),
        functools.partial(steps.flat_mapped, stop),
        functools.partial(steps.filtered, stop),
        functools.partial(steps.each, stop),
        functools.partial(steps.reduced, stop),
        functools.partial(steps.folded, stop, 0),
        functools.partial(shuffle.reduced_by_key, stop),
    ],
)
@pytest.mark.parametrize("count", [2, 3])
def test_stop_iteration_of_a_users_function_is_an_error(step: Any, count: int) -> None:
    with pytest.raises(RuntimeError, match="Caught StopIteration thrown from user's code; failing the task"):
        run(step, [("key", value) for value in range(count)])


def test_stop_iteration_at_the_last_element_is_an_error_too() -> None:
    def last(element: int) -> int:
        return next(iter(())) if element == 4 else element

    with pytest.raises(RuntimeError, match="Caught StopIteration"):
        run(functools.partial(steps.mapped, last), range(5))


def test_map_and_filter_ask_for_one_element_at_a_time() -> None:
    asked = []

    def elements() -> Iterator[int]:
        for number in itertools.count():
            asked.append(number)
            yield number

    mapped: Any = steps.mapped(str, 0, elements())
    assert [next(mapped), next(mapped)] == ["0", "1"]
    filtered: Any = steps.filtered(lambda x: x % 2, 0, elements())
    assert next(filtered) == 1
    assert asked == [0, 1, 0, 1]


def test_first_of_asks_for_no_more_than_it_gives() -> None:
    elements = iter(range(10))
    assert list(steps.first_of(3, 0, elements)) == [0, 1, 2]
    assert next(elements) == 3


def test_counting_and_numbering() -> None:
    assert run(steps.counted, "abc") == [3]
    assert run(steps.counted, "") == [0]
    assert run(functools.partial(steps.numbered, [0, 7]), "ab", split=1) == [("a", 7), ("b", 8)]
    assert run(functools.partial(steps.numbered_apart, 3), "abc", split=2) == [("a", 2), ("b", 5), ("c", 8)]


def test_a_function_that_cannot_be_called_is_no_filter() -> None:
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        run(functools.partial(steps.filtered, None), [1, 0])


def frames(step: Any, pairs: Any) -> dict[int, list[Any]]:
    """The pairs that a shuffle step sends to each partition."""
    found: dict[int, list[Any]] = {}
    sent = run(step, pairs)
    for number, frame in zip(sent[::2], sent[1::2]):
        found.setdefault(struct.unpack("!q", number)[0], []).extend(CPickleSerializer().loads(frame))
    return found


@pytest.mark.parametrize("count", [0, 1, 10, 999, 1000, 1001, 25000])
def test_a_shuffle_sends_every_pair_once_to_its_partition_and_in_order(count: int) -> None:
    step = functools.partial(shuffle.sent, 3, int, 512, CPickleSerializer())
    pairs = [(number, str(number)) for number in range(count)]
    found = frames(step, pairs)
    assert found == {number: part for number in range(3) if (part := [pair for pair in pairs if pair[0] % 3 == number])}


def test_a_shuffle_that_is_short_of_memory_still_sends_everything() -> None:
    step = functools.partial(shuffle.sent, 2, int, 0, CPickleSerializer())
    assert sum(map(len, frames(step, [(number, None) for number in range(5000)]).values())) == 5000


def test_portable_hash_needs_a_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    from firesteel.classic.tasks.partitioner import has_hash_seed, portable_hash
    from pyspark.errors import PySparkRuntimeError

    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    assert not has_hash_seed()
    with pytest.raises(PySparkRuntimeError) as raised:
        portable_hash("a")
    assert raised.value.getCondition() == "PYTHON_HASH_SEED_NOT_SET"
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    assert portable_hash(None) == 0
    assert portable_hash((None, 1)) & 0xFFFFFFFF == 219750521


def test_joined_values() -> None:
    values = [(0, "a"), (1, "x"), (0, "b")]
    assert list(joins.pairs(False, False, values)) == [("a", "x"), ("b", "x")]
    assert list(joins.pairs(False, False, [(0, "a")])) == []
    assert list(joins.pairs(False, True, [(0, "a")])) == [("a", None)]
    assert list(joins.pairs(True, False, [(1, "x")])) == [(None, "x")]
    assert [list(group) for group in joins.groups(3, [(2, "z"), (0, "a")])] == [["a"], [], ["z"]]


def test_lines_are_what_the_elements_print() -> None:
    elements = ["grün", b"bytes", b"\xff", None, 3, "two\nlines"] + [str(number) for number in range(100000)]
    written = b"\n".join(run(text.lines, elements)).decode().split("\n")
    assert written[:7] == ["grün", "bytes", "\ufffd", "None", "3", "two", "lines"]
    assert written[7:] == [str(number) for number in range(100000)]


def test_an_error_of_the_elements_is_not_lost_behind_a_pipe() -> None:
    def elements() -> Iterator[str]:
        yield "one"
        raise ValueError("two")

    with pytest.raises(ValueError, match="two"):
        run(functools.partial(piped, "cat", {}, False), elements())


def test_a_command_may_stop_reading() -> None:
    assert run(functools.partial(piped, "head -1", {}, True), map(str, range(100000))) == ["0"]


@pytest.mark.parametrize("memory_mb", [1, 100000], ids=["spilling", "in memory"])
def test_combining_merging_grouping_and_sorting_do_not_depend_on_the_memory(memory_mb: float) -> None:
    pairs = [(number * 7919 % 501, number) for number in range(5000)]
    sums: dict[int, int] = {}
    for key, value in pairs:
        sums[key] = sums.get(key, 0) + value
    add = shuffle.Combining(shuffle.itself, lambda x, y: x + y, lambda x, y: x + y)
    assert dict(run(functools.partial(shuffle.combined, add, memory_mb), pairs)) == sums
    assert dict(run(functools.partial(shuffle.merged, add, memory_mb), pairs)) == sums
    lists = [(key, [value]) for key, value in pairs]
    groups = run(functools.partial(shuffle.grouped, shuffle.GROUPS, memory_mb), lists)
    assert {key: sum(values) for key, values in groups} == sums
    for ascending in (True, False):
        sort = functools.partial(shuffle.sorted_by_key, shuffle.itself, ascending, memory_mb)
        assert run(sort, pairs) == sorted(pairs, key=lambda pair: pair[0], reverse=not ascending)


def test_stop_iteration_of_a_combining_function_is_an_error() -> None:
    combining = shuffle.Combining(shuffle.itself, stop, stop)
    for step in (shuffle.combined, shuffle.merged):
        with pytest.raises(RuntimeError, match="Caught StopIteration"):
            run(functools.partial(step, combining, 512), [("key", 1), ("key", 2)])
