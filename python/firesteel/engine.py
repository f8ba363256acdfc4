"""An engine process that belongs to this driver: started when a session needs it, gone when the driver is gone.

The driver holds the engine's standard input. The first line through it carries what must not be seen by other users
of the machine (the access token, the settings); later lines are commands; its end, which also comes when the driver
is killed, tells the engine to stop. The engine answers through a pipe of its own, so that standard output and standard
error stay the script's: what the engine prints there (the console sink) comes out where the script prints.
"""

import atexit
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BINARY = "FIRESTEEL_BINARY"
"""The environment variable that names the binary."""

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 10
SOCKET_PATH_LENGTH_MAX = 100


class EngineError(RuntimeError):
    """The engine could not be started."""


def find_binary() -> str:
    """The path of the `firesteel` binary: named by the environment, packaged, built in this repository, or on the path."""
    named = os.environ.get(BINARY)
    if named:
        if not os.access(named, os.X_OK):
            raise EngineError(f"{BINARY} names {named}, which is not an executable file.")
        return named
    package = Path(__file__).resolve().parent
    for candidate in (package / "bin" / "firesteel", package.parents[1] / "target" / "release" / "firesteel"):
        if os.access(candidate, os.X_OK):
            return str(candidate)
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        candidate = Path(directory or ".") / "firesteel"
        if os.access(candidate, os.X_OK) and candidate.is_file() and not _is_script(candidate):
            return str(candidate)
    raise EngineError(
        f"The firesteel binary was not found: build it with `make build`, put it on the PATH, or set {BINARY}."
    )


def _is_script(path: Path) -> bool:
    """Whether this is a text file with an interpreter, such as the console script of this very package."""
    with path.open("rb") as file:
        return file.read(2) == b"#!"


class Engine:
    """One engine process. `start` returns at once, so that the client can be imported meanwhile; `address` waits."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = dict(settings)
        self.token = secrets.token_urlsafe(24)
        self.driver_pid = os.getpid()
        self._lock = threading.Lock()
        self._stopped = False
        self._ready: dict[str, Any] | None = None
        self._directory, bind = _private_socket()
        ready, ready_of_engine = os.pipe()
        self._ready_file = os.fdopen(ready, encoding="utf-8")
        command = [find_binary(), "server", "--driver", "--bind", bind, "--ready-fd", str(ready_of_engine)]
        sys.stdout.flush()
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[ready_of_engine])
        except OSError as error:
            raise EngineError(f"The engine could not be started: {' '.join(command[:1])}: {error}") from error
        finally:
            os.close(ready_of_engine)
        self.send({"token": self.token, "conf": self.settings})
        atexit.register(self.stop)

    def send(self, message: Mapping[str, Any]) -> None:
        """Writes one line of JSON to the engine; does nothing if it is gone, which the next request will report."""
        assert self._process.stdin is not None
        with self._lock:
            try:
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                self._process.stdin.flush()
            except (OSError, ValueError):
                pass

    @property
    def ready(self) -> dict[str, Any]:
        """What the engine said when it was ready: `address`, `application_id`, `ui` ..."""
        with self._lock:
            if self._ready is None:
                if not select.select([self._ready_file], [], [], START_SECONDS_MAX)[0]:
                    raise EngineError(f"The engine was not ready after {START_SECONDS_MAX} seconds.")
                line = self._ready_file.readline()
                if not line:
                    status = self._process.wait(START_SECONDS_MAX)
                    raise EngineError(f"The engine ended before it was ready (exit status {status}); see its messages.")
                self._ready = json.loads(line)
                self._ready_file.close()
            return self._ready

    @property
    def address(self) -> str:
        """What a gRPC channel connects to."""
        return str(self.ready["address"])

    @property
    def is_running(self) -> bool:
        """Whether the process is there and has not been asked to stop."""
        return not self._stopped and self._process.poll() is None

    def has_ended(self, within_seconds: float = 0) -> bool:
        """Whether the process is gone, or will be within so many seconds; a forked child cannot tell."""
        if self._stopped:
            return True
        if os.getpid() != self.driver_pid:
            return False
        try:
            _wait(self._process, within_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def how_it_ended(self) -> str:
        """How a process that is gone came to its end, in words."""
        status = self._process.poll()
        if self._stopped or status is None:
            return "it was stopped"
        if status < 0:
            return f"it was killed by signal {-status} ({signal.strsignal(-status)})"
        return f"its exit status was {status}"

    def stop(self) -> None:
        """Stops the process and waits for its end. Does nothing in a forked child, or the second time."""
        if self._stopped or os.getpid() != self.driver_pid:
            return
        self._stopped = True
        atexit.unregister(self.stop)
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            pass
        for end in (self._process.terminate, self._process.kill):
            try:
                _wait(self._process, STOP_SECONDS_MAX)
                break
            except subprocess.TimeoutExpired:
                end()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Waits as `Popen.wait` does with a timeout, but notices an end within a millisecond: scripts wait for this."""
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            raise subprocess.TimeoutExpired(process.args, seconds)
        time.sleep(0.0005)


def _private_socket() -> tuple[str | None, str]:
    """A directory that only this user can enter and the address of a socket in it; or a port, if paths are too long."""
    directory = tempfile.mkdtemp(prefix="firesteel-")
    path = os.path.join(directory, "engine")
    if len(path.encode()) <= SOCKET_PATH_LENGTH_MAX and hasattr(os, "fork"):
        return directory, f"unix:{path}"
    os.rmdir(directory)
    return None, "127.0.0.1:0"
