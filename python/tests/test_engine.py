"""An engine of the driver's own comes when it is asked for and goes with the driver, whatever happens to it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from firesteel.engine import Engine, EngineError

SETTINGS = {"spark.master": "local[1]", "spark.app.name": "test"}

HOLD = """
import os, sys
from firesteel.engine import Engine
engine = Engine({"spark.master": "local[1]"})
engine.ready
print(engine._process.pid, engine.address, flush=True)
sys.stdin.readline()
"""


def is_running(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int, seconds: float = 10) -> None:
    """Waits for the end of a process that is not ours."""
    deadline = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.01)


@pytest.fixture
def driver():
    """A driver with an engine: the driver's process, the engine's pid, its socket."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pid, address = process.stdout.readline().split()
    yield process, int(pid), Path(address.removeprefix("unix:"))
    process.kill()
    process.communicate()


def test_start_and_stop() -> None:
    engine = Engine(SETTINGS)
    assert engine.address.startswith("unix:")
    socket = Path(engine.address.removeprefix("unix:"))
    assert socket.stat().st_mode & 0o777 == 0o600 and socket.parent.stat().st_mode & 0o777 == 0o700
    assert engine.is_running
    engine.stop()
    assert not engine.is_running and not socket.parent.exists()
    engine.stop()


def test_no_secret_on_the_command_line_or_in_the_environment() -> None:
    engine = Engine({**SETTINGS, "spark.hadoop.fs.s3a.secret.key": "hidden"})
    assert engine.ready
    for name in ("cmdline", "environ"):
        content = Path(f"/proc/{engine._process.pid}/{name}").read_bytes()
        assert engine.token.encode() not in content and b"hidden" not in content
    engine.stop()


def test_a_driver_that_ends_takes_its_engine_with_it(driver) -> None:
    process, pid, socket = driver
    process.communicate("end\n")
    assert process.returncode == 0
    assert not is_running(pid) and not socket.parent.exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_driver_that_is_killed_takes_its_engine_with_it(driver, how: signal.Signals) -> None:
    process, pid, socket = driver
    process.send_signal(how)
    wait_until_gone(pid)
    assert not socket.parent.exists()


def test_a_forked_child_leaves_the_engine_running() -> None:
    engine = Engine(SETTINGS)
    assert engine.ready
    child = os.fork()
    if child == 0:
        engine.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert is_running(engine._process.pid)
    engine.stop()


def test_a_binary_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTEEL_BINARY", "/no/such/firesteel")
    with pytest.raises(EngineError, match="/no/such/firesteel"):
        Engine(SETTINGS)


def test_an_engine_that_ends_at_once_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTEEL_BINARY", "/bin/false")
    with pytest.raises(EngineError, match="exit status 1"):
        _ = Engine(SETTINGS).ready
