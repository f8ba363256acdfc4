"""The word count of `rdd_word_count.py` without an engine: the same functions of Python, run by `multiprocessing`.

It has nothing to do with either engine; it says what the Python in such a job costs by itself.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Iterator
from operator import add
from pathlib import Path

from processes import cpu_seconds
from text import words

PROCESSES = 2


def lines_of(path: Path, start: int, end: int) -> Iterator[str]:
    """The lines that start in a range of a file."""
    with path.open("rb") as file:
        if start > 0:
            file.seek(start - 1)
            file.readline()
        at = file.tell()
        for line in file:
            if at >= end:
                return
            at += len(line)
            yield line.decode().rstrip("\n")


def count(part: tuple[Path, int, int]) -> dict[str, int]:
    """The counts of one part: flatMap, map and reduceByKey, each with the function that the RDD is given."""
    split, pair = (lambda line: line.split(" ")), (lambda word: (word, 1))
    counts: dict[str, int] = {}
    for line in lines_of(*part):
        for key, value in map(pair, split(line)):
            counts[key] = add(counts[key], value) if key in counts else value
    return counts


def main() -> None:
    """Counts with as many processes as the RDD has."""
    path = words()
    size = os.path.getsize(path)
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        start, cpu = time.perf_counter(), cpu_seconds()
        parts = [(path, size * n // PROCESSES, size * (n + 1) // PROCESSES) for n in range(PROCESSES)]
        merged: dict[str, int] = {}
        for counts in pool.imap_unordered(count, parts):
            for key, value in counts.items():
                merged[key] = add(merged[key], value) if key in merged else value
        found = {
            "without an engine, 200 MB, s": time.perf_counter() - start,
            "without an engine, 200 MB, CPU s": cpu_seconds() - cpu,
        }
    assert sum(merged.values()) > 24_000_000, len(merged)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
