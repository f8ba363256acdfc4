"""Runs a script of this directory against a Sail server of its own: `python sail.py SCRIPT`, in Sail's environment."""

import atexit
import os
import runpy
import socket
import subprocess
import sys
import time
from pathlib import Path

START_SECONDS = 60


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def wait(port: int, server: subprocess.Popen) -> None:
    """Returns when the server takes connections."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                sys.exit("Sail's server does not start")
            time.sleep(0.05)


def main() -> None:
    """Starts the server and runs the script; at exit, after the client's last call, the server ends."""
    port = free_port()
    sail = Path(sys.executable).with_name("sail")
    server = subprocess.Popen([sail, "spark", "server", "--port", str(port)], stdout=subprocess.DEVNULL)
    # What is registered first is called last.
    atexit.register(server.terminate)
    wait(port, server)
    os.environ["SPARK_REMOTE"] = f"sc://127.0.0.1:{port}"
    sys.argv = sys.argv[1:]
    sys.path.insert(0, str(Path(sys.argv[0]).parent))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
