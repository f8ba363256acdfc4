"""Local properties: settings of a thread that go with the jobs it starts (job groups, tags, pools, one's own).

A thread starts without any, as in classic PySpark where each Python thread has its own thread of the engine;
`pyspark.InheritableThread` copies those of the thread that starts it.
"""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path

JOB_GROUP = "spark.jobGroup.id"
DESCRIPTION = "spark.job.description"
INTERRUPT_ON_CANCEL = "spark.job.interruptOnCancel"
TAGS = "spark.job.tags"
CALL_SITE = "callSite.short"

_PACKAGE = str(Path(__file__).resolve().parent.parent)

_ENGINES = threading.local()
"""In threads where the engine calls the driver: the line of the user's program for which it does."""


def called_for(site: str) -> None:
    """Says for which line of the user's program this thread, which no line of it has started, works from now on."""
    _ENGINES.site = site


class LocalProperties(threading.local):
    """The properties of each thread."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, key: str) -> "str | None":
        """The value of a property in this thread."""
        return self.values.get(key)

    def set(self, key: str, value: "str | None") -> None:
        """Sets a property in this thread; `None` removes it."""
        if value is None:
            self.values.pop(key, None)
        else:
            self.values[key] = str(value)

    def copy(self) -> dict[str, str]:
        """All that are set in this thread."""
        return dict(self.values)

    def replace(self, values: Mapping[str, str]) -> None:
        """Sets all at once."""
        self.values = dict(values)

    def for_job(self) -> dict[str, str]:
        """What goes with a job: all of them, and where in the user's program the job is started."""
        return {CALL_SITE: call_site(), **self.values}


def call_site() -> str:
    """`collect at /home/me/job.py:12`: which of our functions the user's program called, and where."""
    frame = sys._getframe(1)
    called = frame.f_code.co_name
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        called = frame.f_code.co_name
        frame = frame.f_back
    if frame.f_code.co_filename == threading.__file__ and (given := getattr(_ENGINES, "site", None)) is not None:
        return str(given)
    return f"{called} at {frame.f_code.co_filename}:{frame.f_lineno}"
