"""`pyspark.streaming.listener`: what is told of batches and receivers.

A listener gets events that answer like the Java objects of classic PySpark: `event.batchInfo().batchTime().milliseconds()`.
What has not happened yet is -1 where Java has a number, and `None` elsewhere.
"""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["StreamingListener"]


class StreamingListener:
    """Is told of what happens in a streaming context; a subclass has the methods it is interested in."""

    def __init__(self) -> None:
        pass

    def onStreamingStarted(self, streamingStarted: Any) -> None:
        """The context has started."""

    def onReceiverStarted(self, receiverStarted: Any) -> None:
        """A receiver has started."""

    def onReceiverError(self, receiverError: Any) -> None:
        """A receiver has reported an error."""

    def onReceiverStopped(self, receiverStopped: Any) -> None:
        """A receiver has stopped."""

    def onBatchSubmitted(self, batchSubmitted: Any) -> None:
        """A batch's jobs have been handed to the scheduler."""

    def onBatchStarted(self, batchSubmitted: Any) -> None:
        """The first job of a batch has started."""

    def onBatchCompleted(self, batchCompleted: Any) -> None:
        """The last job of a batch has ended."""

    def onOutputOperationStarted(self, outputOperationStarted: Any) -> None:
        """The job of an output operation has started."""

    def onOutputOperationCompleted(self, outputOperationCompleted: Any) -> None:
        """The job of an output operation has ended."""

    class Java:
        """The interface that classic PySpark's gateway would look for."""

        implements = ("org.apache.spark.streaming.api.java.PythonStreamingListener",)


class Number(int):
    """A number that is also the method that gives it: `info.numRecords` and `info.numRecords()`."""

    def __call__(self) -> int:
        """The number."""
        return int(self)


class View:
    """Something with getters."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = dict(fields)
        for name, value in self._fields.items():
            setattr(self, name, _getter(value))

    def __repr__(self) -> str:
        return f"View({', '.join(f'{name}={value!r}' for name, value in self._fields.items())})"

    toString = __repr__


def _getter(value: Any) -> Callable[[], Any]:
    return Number(value) if isinstance(value, int) and not isinstance(value, bool) else lambda: value


NUMBERS = (
    "processingStartTime",
    "processingEndTime",
    "schedulingDelay",
    "processingDelay",
    "totalDelay",
    "startTime",
    "endTime",
    "duration",
)
"""What is -1 until it is known."""


def _time(ms: int) -> View:
    return View({"milliseconds": ms})


def _view(fields: Mapping[str, Any]) -> View:
    known: dict[str, Any] = {name: -1 if value is None and name in NUMBERS else value for name, value in fields.items()}
    if "batchTime" in known:
        known["batchTime"] = _time(known["batchTime"])
    for name in ("streamIdToInputInfo", "outputOperationInfos"):
        if name in known:
            known[name] = {int(id): _view(info) for id, info in known[name].items()}
    return View(known)


def event_view(event: Mapping[str, Any]) -> View:
    """An event of the engine, as a listener gets it."""
    fields = {name: _view(value) if isinstance(value, Mapping) else value for name, value in event.items()}
    del fields["Event"]
    return View(fields)


def tell(listener: StreamingListener, event: Mapping[str, Any]) -> None:
    """Calls the listener's method for an event."""
    method = "on" + event["Event"].removeprefix("StreamingListener")
    getattr(listener, method)(event_view(event))
