"""A process of its own that answers line by line: requests go to its standard input, answers come on a pipe, as JSON.

A suite runs many scripts in one such process, because starting the engine costs more than most scripts. A script that hangs
or ends the process costs that process only: the answer is then None, and the process counts as dead.
"""

import json
import os
import select
import signal
import subprocess
import time
from typing import IO


class ServedProcess:
    """A process that was started, and has said that it is ready or died."""

    def __init__(
        self,
        command: list[str],
        directory: str,
        environment: dict[str, str],
        output: IO[bytes],
        start_seconds: float,
    ):
        """Start `command --results PIPE` in the directory; its first line on the pipe says that it is ready."""
        self.errors = os.path.join(directory, "stderr.txt")
        read_end, write_end = os.pipe()
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [*command, "--results", str(write_end)],
                cwd=directory,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                pass_fds=[write_end],
                start_new_session=True,
            )
        os.close(write_end)
        self.results = os.fdopen(read_end, "rb", buffering=0)
        self.pending = b""
        self.alive = self._answer(start_seconds) is not None

    def ask(self, request: str, timeout_seconds: float) -> dict | None:
        """The answer to one line; None where the process is dead, dies, or takes too long."""
        if not self.alive:
            return None
        self.process.stdin.write(f"{request}\n".encode())
        self.process.stdin.flush()
        answer = self._answer(timeout_seconds)
        self.alive = answer is not None
        return answer

    def _answer(self, timeout_seconds: float) -> dict | None:
        deadline = time.monotonic() + timeout_seconds
        while b"\n" not in self.pending:
            ready, _, _ = select.select([self.results], [], [], max(0.0, deadline - time.monotonic()))
            part = os.read(self.results.fileno(), 1 << 16) if ready else b""
            if not part:
                return None
            self.pending += part
        line, _, self.pending = self.pending.partition(b"\n")
        return json.loads(line)

    def last_errors(self, lines: int = 30) -> str:
        """The end of what it wrote to its standard error, and why no answer came."""
        with open(self.errors, encoding="utf-8", errors="replace") as errors:
            tail = "".join(line[:300].rstrip() + "\n" for line in errors.readlines()[-lines:])
        return f"no answer in time, or the process ended\n{tail}"

    def close(self, stop_seconds: float = 20) -> None:
        """End the process with all it started."""
        if self.alive:
            self.process.stdin.close()
            try:
                self.process.wait(stop_seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.results.close()
