"""The `firesteel` console script: becomes the binary, with this Python as the one that runs scripts."""

import os
import sys

from firesteel.engine import EngineError, find_binary


def main() -> None:
    """Replaces this process with the binary."""
    try:
        binary = find_binary()
    except EngineError as error:
        raise SystemExit(str(error)) from None
    environment = dict(os.environ)
    environment.setdefault("FIRESTEEL_PYTHON", sys.executable)
    os.execve(binary, [binary, *sys.argv[1:]], environment)
