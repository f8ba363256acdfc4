"""Streaming queries that are killed again and again lose nothing and do nothing twice.

A PySpark script (`stream.py`) runs over files that keep coming, and dies `FIRESTEEL_CRASHES` times: at each fail point of
the engine's commit protocol, and with SIGKILL at random times. In the end it runs to the end of the input, and what its
sinks hold is compared with what the files held. A failing run is repeated with the seed that it prints.
"""

import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import stream

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = Path(stream.__file__).resolve()
CRASHES = int(os.environ.get("FIRESTEEL_CRASHES", "20"))
SEED = int(os.environ.get("FIRESTEEL_CRASH_SEED", random.randrange(2**32)))
FIRST_SECOND = 1_700_000_000
ROWS_OF_A_FILE = 5
DRIVER_SECONDS_MAX = 120
RANDOM_KILL_SECONDS_MAX = 1.5


def fail_points() -> list[str]:
    """The steps of a micro-batch that have a name to die at."""
    sources = (REPOSITORY / "crates/streaming/src").glob("**/*.rs")
    calls = (re.findall(r'failpoint::reached\("([^"]+)"\)', path.read_text("utf-8")) for path in sources)
    return sorted(set(itertools.chain.from_iterable(calls)))


class Input:
    """The files that the queries read: rows one second apart, each file newer than the one before."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "input"
        self.directory.mkdir()
        self.hidden = directory / "unfinished.json"
        self.files = 0
        self.rows: list[tuple[int, int]] = []

    def add(self, rows: list[tuple[int, int]]) -> None:
        def line(row: tuple[int, int]) -> str:
            at = datetime.fromtimestamp(row[1], timezone.utc)
            return json.dumps({"id": row[0], "at": at.isoformat()}) + "\n"

        self.hidden.write_text("".join(map(line, rows)))
        self.files += 1
        os.utime(self.hidden, (FIRST_SECOND + self.files, FIRST_SECOND + self.files))
        self.rows += rows
        self.hidden.rename(self.directory / f"{self.files}.json")

    def add_next(self) -> None:
        first = len(self.rows)
        self.add([(row, FIRST_SECOND + row) for row in range(first, first + ROWS_OF_A_FILE)])

    def close_windows(self) -> None:
        """A row so late in time that the watermark passes every window before it."""
        row = len(self.rows)
        self.add([(row, FIRST_SECOND + row + 10 * stream.DELAY_SECONDS)])

    @contextmanager
    def growing(self) -> Iterator[None]:
        """While this is open, files keep coming."""
        end = threading.Event()

        def feed() -> None:
            while not end.is_set():
                self.add_next()
                end.wait(0.1)

        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            yield
        finally:
            end.set()
            feeder.join()


class Driver:
    """A run of the script with an engine of its own, in a process group of their own."""

    def __init__(self, directory: Path, *arguments: str, fail_point: str | None = None) -> None:
        environment = dict(os.environ)
        environment.pop("FIRESTEEL_FAILPOINT", None)
        if fail_point is not None:
            environment["FIRESTEEL_FAILPOINT"] = fail_point
        self.log = directory / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT), str(directory), *arguments],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.watchdog = threading.Timer(DRIVER_SECONDS_MAX, self.kill)
        self.watchdog.start()

    def __enter__(self) -> "Driver":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.output()
        self.watchdog.cancel()

    def kill(self) -> None:
        """Kills the driver and its engine in the same instant, as far as there is one."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait_until_started(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "started\n", self.log.read_text("utf-8")

    def wait(self, seconds: float) -> int | None:
        """The exit status; none if the process is still there after so many seconds."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def output(self) -> str:
        """What else it prints. The pipe ends when the last process that can write to it, the engine, has ended."""
        assert self.process.stdout is not None
        text = "" if self.process.stdout.closed else self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()
        return text


def is_reached(point: str, query: str) -> bool:
    return not (point == "mid-sink" and query == "seen")


def die_at(directory: Path, source: Input, point: str, visit: int, query: str) -> None:
    """Runs one query until the engine dies at the fail point."""
    with Driver(directory, query, fail_point=f"{point}:{visit}") as driver:
        driver.wait_until_started()
        with source.growing():
            status = driver.wait(DRIVER_SECONDS_MAX)
        assert status == stream.ENGINE_IS_GONE, (
            f"{query} did not die at {point}:{visit}\n{driver.log.read_text('utf-8')}"
        )


def die_after(directory: Path, source: Input, seconds: float) -> None:
    """Runs all queries, and kills them so many seconds after they began to start."""
    with Driver(directory, *stream.QUERIES) as driver:
        driver.wait_until_started()
        with source.growing():
            status = driver.wait(seconds)
            driver.kill()
        assert status is None, f"the script ended by itself: {driver.log.read_text('utf-8')}"


def crash_often(directory: Path, source: Input, chance: random.Random) -> int:
    """Dies `CRASHES` times: first at every fail point, then in turn at random times and at fail points.

    Returns how often `foreachBatch` must have been given a batch again.
    """
    pairs = zip(itertools.cycle(fail_points()), itertools.cycle(stream.QUERIES))
    pairs = (pair for pair in pairs if is_reached(*pair))
    repeats = 0
    for crash in range(CRASHES):
        if crash >= len(fail_points()) and crash % 2 == 0:
            die_after(directory, source, chance.uniform(0, RANDOM_KILL_SECONDS_MAX))
            continue
        point, query = next(pairs)
        die_at(directory, source, point, chance.randint(1, 3), query)
        repeats += query == "seen" and point in ("after-sink", "after-state", "before-commit")
    return repeats


def finish(directory: Path) -> dict[str, list]:
    with Driver(directory, "--finish") as driver:
        output = driver.output()
        assert driver.process.returncode == 0, driver.log.read_text("utf-8")
        return json.loads(output)


def batches_seen(directory: Path) -> dict[int, list[list[int]]]:
    """What `foreachBatch` was given under each batch id, each time."""
    batches = defaultdict(list)
    for line in (directory / "seen").read_text().splitlines():
        batch_id, rows = json.loads(line)
        batches[batch_id].append(rows)
    return batches


def lost_and_repeated(rows: list[int], found: Iterable[int]) -> tuple[list[int], list[int]]:
    expected, counted = Counter(rows), Counter(found)
    return sorted((expected - counted).elements()), sorted((counted - expected).elements())


def expected_counts(rows: list[tuple[int, int]]) -> Counter:
    """How often a window and a key came; but not the row that closed the windows, whose own stays open."""
    size = stream.WINDOW_SECONDS
    return Counter((at // size * size, row % stream.KEYS) for row, at in rows[:-1])


@pytest.mark.skipif(os.name != "posix", reason="needs process groups")
def test_what_is_killed_loses_nothing_and_does_nothing_twice(tmp_path):
    print(f"FIRESTEEL_CRASHES={CRASHES} FIRESTEEL_CRASH_SEED={SEED}")
    source = Input(tmp_path)
    repeats = crash_often(tmp_path, source, random.Random(SEED))
    source.close_windows()
    results = finish(tmp_path)

    rows = [row for row, _ in source.rows]
    assert lost_and_repeated(rows, results["copy"]) == ([], [])

    counts = {(start, key): count for start, key, count in results["counts"]}
    assert len(counts) == len(results["counts"]), "a window was written twice"
    assert counts == expected_counts(source.rows)

    batches = batches_seen(tmp_path)
    changed = {batch_id: given for batch_id, given in batches.items() if any(rows != given[0] for rows in given)}
    assert changed == {}
    assert lost_and_repeated(rows, itertools.chain.from_iterable(given[0] for given in batches.values())) == ([], [])
    assert sum(len(given) > 1 for given in batches.values()) >= min(repeats, 1)
    print(f"{source.files} files, {len(source.rows)} rows, {len(batches)} batches seen")
