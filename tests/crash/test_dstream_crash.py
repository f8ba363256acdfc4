"""A DStream program that is killed again and again loses no line that its write-ahead log has, and counts none twice.

A server sends numbered lines to a PySpark script (`lines.py`), which dies `FIRESTEEL_CRASHES` times: of SIGKILL to the engine,
to the script or to both at random times, and at the engine's own steps. What was on the wire when a receiver died is
lost, as with any socket. But a line that was in the log is in exactly one batch, each batch that runs again is the same, and the
state holds exactly the lines of the batches. A failing run is repeated with the seed that it prints.
"""

import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import lines
import pytest

SCRIPT = Path(lines.__file__).resolve()
CRASHES = min(int(os.environ.get("FIRESTEEL_CRASHES", "6")), 50)
SEED = int(os.environ.get("FIRESTEEL_CRASH_SEED", random.randrange(2**32)))
STEPS = ("dstream-after-allocation", "dstream-after-checkpoint", "dstream-after-block")
KEYS = 3
START_SECONDS_MAX = 60
FINISH_SECONDS_MAX = 60


class Server:
    """Sends the next numbers to whoever is connected, a few lines each millisecond."""

    def __init__(self) -> None:
        self.sent = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.silent = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            try:
                self.feed(connection)
            except OSError:
                connection.close()

    def feed(self, connection: socket.socket) -> None:
        while not self.silent.is_set():
            numbers = range(self.sent, self.sent + 5)
            text = "".join(f"key{number % KEYS} {number}\n" for number in numbers)
            # Counted first: a number that was perhaps sent must not be sent again.
            self.sent += 5
            connection.sendall(text.encode())
            time.sleep(0.001)
        # The receiver stays connected and waits for more.
        connection.recv(1)


class Program:
    """A run of the script, in a process group with its engine."""

    def __init__(self, directory: Path, port: int, step: "str | None" = None) -> None:
        environment = dict(os.environ)
        environment.pop("FIRESTEEL_FAILPOINT", None)
        if step is not None:
            environment["FIRESTEEL_FAILPOINT"] = step
        self.log = directory / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT), str(directory), str(port)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.engine = self._started()

    def _started(self) -> "int | None":
        """The engine's process; `None` if it died before the script could tell."""
        assert self.process.stdout is not None
        watchdog = threading.Timer(START_SECONDS_MAX, self.kill)
        watchdog.start()
        line = self.process.stdout.readline().split()
        watchdog.cancel()
        return int(line[1]) if line[:1] == ["started"] else None

    def kill(self, *, only: "int | None" = None) -> None:
        """Kills one process, or all of the group."""
        try:
            if only is None:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                os.kill(only, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def wait(self, seconds: float) -> "int | None":
        """The script's exit status, if it ends within that time."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        """Kills what is left and waits until no process of the group holds the pipe."""
        self.kill()
        assert self.process.stdout is not None
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait()


def logged_lines(directory: Path) -> list[int]:
    """The numbers of all lines that are whole in the write-ahead log."""
    found = []
    for path in (directory / "checkpoint" / "receivedData" / "0").glob("log-*"):
        content, at = path.read_bytes(), 0
        while at + 8 <= len(content):
            length, checksum = struct.unpack_from("<II", content, at)
            record = content[at + 8 : at + 8 + length]
            at += 8 + length
            if len(record) < length:
                break
            assert zlib.crc32(record) == checksum
            found += block_numbers(record[16:])
    return found


def block_numbers(block: bytes) -> list[int]:
    """The numbers of a block's lines."""
    numbers, at = [], 0
    while at < len(block):
        (length,) = struct.unpack_from("<I", block, at)
        numbers.append(int(block[at + 4 : at + 4 + length].split()[1]))
        at += 4 + length
    return numbers


def contents(directory: Path) -> dict[str, list]:
    """The JSON files of a directory, in order of their names."""
    names = sorted(path.name for path in directory.iterdir() if not path.name.endswith(".tmp"))
    return {name: json.loads((directory / name).read_text()) for name in names}


def crash(directory: Path, server: Server, chance: random.Random, turn: int) -> set[int]:
    """One run that ends in a crash; the lines that were in the log then."""
    step = f"{STEPS[turn // 2 % len(STEPS)]}:{chance.randint(1, 8)}" if turn % 2 else None
    program = Program(directory, server.port, step)
    try:
        if step is not None:
            assert program.wait(START_SECONDS_MAX) is not None, f"it did not die at {step}\n{program.log.read_text()}"
        elif program.engine is not None:
            assert program.wait(chance.uniform(0, 2.0)) is None, program.log.read_text()
            victim = chance.choice([None, program.engine, program.process.pid])
            program.kill(only=victim)
            if victim is not None:
                # The other process follows by itself.
                assert program.wait(START_SECONDS_MAX) is not None
    finally:
        program.close()
    return set(logged_lines(directory))


def finish(directory: Path, server: Server) -> None:
    """A last run, without a crash, until all that was sent is processed."""
    program = Program(directory, server.port)
    try:
        assert program.engine is not None, program.log.read_text()
        time.sleep(1)
        server.silent.set()
        eventually(lambda: server.sent - 1 in set(all_numbers(directory)), "the last line is in a batch")
        (directory / "finish").touch()
        assert program.wait(FINISH_SECONDS_MAX) == 0, program.log.read_text()
    finally:
        program.close()


def all_numbers(directory: Path) -> list[int]:
    """The numbers of all batches."""
    return [number for numbers in contents(directory / "batches").values() for number in numbers]


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Waits until a condition holds."""
    deadline = time.monotonic() + FINISH_SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def expected_state(numbers: list[int]) -> list:
    """What the state must be after these numbers."""
    counts, sums = Counter(), Counter()
    for number in numbers:
        counts[f"key{number % KEYS}"] += 1
        sums[f"key{number % KEYS}"] += number
    return sorted([key, [counts[key], sums[key]]] for key in counts)


def test_no_logged_line_is_lost_and_the_state_is_exact(tmp_path: Path) -> None:
    print(f"FIRESTEEL_CRASH_SEED={SEED}")
    chance = random.Random(SEED)
    for name in ("batches", "states"):
        (tmp_path / name).mkdir()
    server = Server()
    logged: set[int] = set()
    for turn in range(CRASHES):
        logged |= crash(tmp_path, server, chance, turn)
    finish(tmp_path, server)

    batches, states = contents(tmp_path / "batches"), contents(tmp_path / "states")
    assert not [name for name in (*batches, *states) if name.endswith(".again")], "a batch that ran again was another"
    numbers = all_numbers(tmp_path)
    assert len(numbers) == len(set(numbers)), "a line is in two batches"
    assert not logged - set(numbers), "a line of the log is lost"
    assert len(logged) > 0
    so_far: list[int] = []
    for name, state in states.items():
        so_far += batches.get(name, [])
        if batches.get(name):
            assert state == expected_state(so_far), f"the state of the batch at {name}"
    assert list(states.values())[-1] == expected_state(numbers)


@pytest.mark.parametrize("damage", [b"", b"firesteel-dstream-checkpoint 1 00000000\n{}"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path: Path, damage: bytes) -> None:
    for name in ("batches", "states"):
        (tmp_path / name).mkdir()
    server = Server()
    program = Program(tmp_path, server.port)
    eventually(lambda: len(contents(tmp_path / "states")) > 3, "a few batches")
    program.close()
    checkpoints = sorted((tmp_path / "checkpoint").glob("checkpoint-*"), key=lambda path: int(path.name[11:]))
    assert len(checkpoints) > 1
    checkpoints[-1].write_bytes(damage)
    finish(tmp_path, server)
    numbers = all_numbers(tmp_path)
    assert len(numbers) == len(set(numbers))
    assert list(contents(tmp_path / "states").values())[-1] == expected_state(numbers)
