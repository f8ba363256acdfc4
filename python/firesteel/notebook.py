"""Progress in a notebook: while a query runs, its cell shows a line of text that is overwritten, and cleared at the end.

A terminal has the engine's own bar; a notebook has no terminal. `spark.ui.showConsoleProgress=false` turns both off.
"""

import importlib
import sys
from collections.abc import Iterable, Mapping
from typing import Any

WIDTH = 80


def is_notebook() -> bool:
    """Whether this process is a notebook's kernel, whose output is a web page."""
    if "ipykernel" not in sys.modules:
        return False
    # Not a dependency: where there is a kernel, it is there.
    shell = importlib.import_module("IPython").get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"


def show_progress(session: Any, settings: Mapping[str, str]) -> None:
    """Shows the progress of a session's queries, if this is a notebook and no setting is against it."""
    if settings.get("spark.ui.showConsoleProgress", "true").strip().lower() != "false" and is_notebook():
        session.registerProgressHandler(NotebookProgress())


def line(stages: Iterable[Any]) -> str:
    """The bars of the stages that are not done, of Spark's shape; empty if there are none."""
    running = [stage for stage in stages if not stage.done and stage.num_tasks > 0][:3]
    return "".join(_bar(stage, WIDTH // len(running)) for stage in running)


def _bar(stage: Any, width: int) -> str:
    head, tail = f"[Stage {stage.stage_id}:", f"{stage.num_completed_tasks} / {stage.num_tasks}]"
    room = max(width - len(head) - len(tail), 0)
    filled = room * min(stage.num_completed_tasks, stage.num_tasks) // stage.num_tasks
    return head + ("=" * filled + ">").ljust(room)[:room] + tail


class NotebookProgress:
    """A line in the output of the cell that runs, of which each operation has its own."""

    def __init__(self) -> None:
        self._shown: dict[str, Any] = {}

    def __call__(self, stages: Iterable[Any] | None, inflight_tasks: int, operation_id: str | None, done: bool) -> None:
        """Shows how far an operation has come; what the client calls with each message and at the end."""
        display = importlib.import_module("IPython.display").display
        key, text = operation_id or "", line(stages or [])
        if done:
            shown = self._shown.pop(key, None)
            if shown is not None:
                shown.update({"text/plain": ""}, raw=True)
        elif key in self._shown:
            self._shown[key].update({"text/plain": text}, raw=True)
        elif text:
            self._shown[key] = display({"text/plain": text}, raw=True, display_id=True)
