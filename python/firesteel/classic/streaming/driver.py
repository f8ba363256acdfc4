"""The driver's side of a running context: the engine's batch clock asks, this process answers.

Starting a context opens one stream of messages from the engine, which lasts as long as the context. A message with a `call`
is answered by a request of its own. The kinds of calls:

- `start`: the time before the first batch, and what earlier batches had, if the context goes on from a checkpoint
- `batch`: which output operations have something to do at a time
- `job`: run one of them
- `done`: a batch has ended; forget what is not needed any more
- `saved`: a checkpoint is on disk; delete what only older ones refer to

All but jobs run on one thread, one after the other.
"""

import itertools
import logging
import math
import os
import queue
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from firesteel.classic.errors import Py4JNetworkError, engine_error
from firesteel.classic.properties import called_for
from firesteel.classic.streaming.graph import Graph, Output
from firesteel.classic.streaming.listener import StreamingListener, tell
from firesteel.classic.streaming.streams import InputStream

if TYPE_CHECKING:
    from firesteel.classic.context import SparkContext
    from firesteel.classic.rdd import RDD

Header = Mapping[str, Any]

logger = logging.getLogger(__name__)

_ids = itertools.count()

SIGNALS_SEEN_S = 0.5
"""A wait without an end may not see a signal that comes just before it begins; so it is made of waits of this length."""


class Driver:
    """A context that runs."""

    def __init__(self, sc: "SparkContext", graph: Graph, listeners: list[StreamingListener]) -> None:
        self.id = next(_ids)
        self.error: BaseException | None = None
        self.stopped = False
        self._changed = threading.Condition()
        self._started = False
        self._sc = sc
        self._service = sc._service
        self._graph = graph
        self._listeners = listeners
        self._jobs: dict[tuple[int, int], tuple[Output, RDD[Any]]] = {}
        self._batches: queue.SimpleQueue[Header | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Header | None] = queue.SimpleQueue()
        self._checkpointed: dict[str, Any] = {}
        self._used_files: set[str] = set()
        graph.streaming_id = self.id

    def start(self, recover: bool, pickled_graph: bytes, checkpointed: Mapping[str, Any]) -> None:
        """Starts the context in the engine; raises what keeps it from starting."""
        self._checkpointed = dict(checkpointed)
        header = {
            "streaming": self.id,
            "batch_ms": self._graph.batch_ms,
            "checkpoint": self._graph.checkpoint_directory,
            "recover": recover,
            "inputs": [stream.describe() for stream in self._graph.streams if isinstance(stream, InputStream)],
        }
        messages = self._service.run("streamingStart", header, pickled_graph)
        for name, target in (
            ("streaming-calls", lambda: self._listen(messages)),
            ("streaming-batches", lambda: self._work(self._batches, self._answer_batch)),
            ("streaming-events", lambda: self._work(self._events, self._tell)),
        ):
            threading.Thread(target=target, name=name, daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: self._started or self.stopped)
            if not self._started:
                raise self.error or Py4JNetworkError("The engine ended before the streaming context had started.")

    def stop(self, graceful: bool) -> None:
        """Stops the context; with `graceful`, when all that was received is processed."""
        if not self.stopped:
            self._service.call("streamingStop", {"streaming": self.id, "graceful": graceful})
            with self._changed:
                self._changed.wait_for(lambda: self.stopped)

    def wait(self, timeout: "float | None" = None) -> bool:
        """Waits until the context has stopped, or a batch has failed, which is raised."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self.stopped and self.error is None and (left := end - time.monotonic()) > 0:
                self._changed.wait(min(left, SIGNALS_SEEN_S))
            if self.error is not None:
                raise self.error
            return self.stopped

    def _listen(self, messages: Iterator[tuple[dict[str, Any], bytes]]) -> None:
        try:
            for header, _ in messages:
                self._take(header)
        except Exception as error:
            self._failed(error)
        finally:
            self._batches.put(None)
            self._events.put(None)
            with self._changed:
                self.stopped = True
                self._changed.notify_all()

    def _take(self, header: Header) -> None:
        if "event" in header:
            self._events.put(header["event"])
        elif "failed" in header:
            self._failed(engine_error(header["failed"]))
        elif "started" in header:
            with self._changed:
                self._started = True
                self._changed.notify_all()
        elif header.get("kind") == "job":
            threading.Thread(target=self._answer, args=(header, self._job), name="streaming-job", daemon=True).start()
        elif "kind" in header:
            self._batches.put(header)

    def _work(self, messages: "queue.SimpleQueue[Header | None]", act: Callable[[Header], None]) -> None:
        while (message := messages.get()) is not None:
            act(message)

    def _answer_batch(self, header: Header) -> None:
        kinds = {"start": self._start, "batch": self._batch, "done": self._done, "saved": self._saved}
        self._answer(header, kinds[header["kind"]])

    def _answer(self, header: Header, act: Callable[[Header], Mapping[str, Any]]) -> None:
        reply: dict[str, Any] = {"streaming": self.id, "call": header.get("call")}
        try:
            reply.update(act(header))
        except BaseException as error:
            self._failed(error if header["kind"] == "start" else _as_spark_raises(error))
            reply["error"] = "".join(traceback.format_exception(error))
        if reply["call"] is None:
            return
        try:
            self._service.call("streamingAnswer", reply)
        except Exception as error:
            # The engine has ended, or does not wait for the answer any more.
            logger.debug("An answer to the engine was lost: %s", error)

    def _start(self, header: Header) -> Mapping[str, Any]:
        graph = self._graph
        graph.sc = self._sc
        graph.unpersist = self._sc._conf.get("spark.streaming.unpersist", "true") == "true"
        for time_ms, streams in header.get("inputs", {}).items():
            graph.inputs[int(time_ms)] = {int(stream): given for stream, given in streams.items()}
        graph.start(header["zero_ms"])
        graph.restore(self._checkpointed)
        return {
            "remember_ms": graph.remember_inputs_ms,
            "slides_ms": sorted({output.stream.slide_ms for output in graph.outputs}),
            "checkpointed": self._checkpointed,
        }

    def _batch(self, header: Header) -> Mapping[str, Any]:
        time_ms = header["time_ms"]
        given = {int(stream): given for stream, given in header.get("inputs", {}).items()}
        self._graph.inputs[time_ms] = given
        made = self._graph.generate(time_ms)
        self._jobs.update({(time_ms, output.id): (output, rdd) for output, rdd in made})
        jobs = [{"id": output.id, "name": output.name, "description": output.site} for output, _ in made]
        return {"jobs": jobs}

    def _job(self, header: Header) -> Mapping[str, Any]:
        time_ms = header["time_ms"]
        output, rdd = self._jobs.pop((time_ms, header["output"]))
        called_for(output.site)
        properties = self._sc._properties
        properties.set("spark.job.description", f"Streaming job of the batch at {time_ms}: {output.name}")
        properties.set("spark.streaming.internal.batchTime", str(time_ms))
        properties.set("spark.streaming.internal.outputOpId", str(output.id))
        output.run(time_ms, rdd)
        return {}

    def _done(self, header: Header) -> Mapping[str, Any]:
        self._graph.forget(header["time_ms"])
        if not header["checkpoint"]:
            return {}
        self._checkpointed = self._graph.checkpointed()
        return {"checkpointed": self._checkpointed}

    def _saved(self, _: Header) -> Mapping[str, Any]:
        """Deletes the files that the checkpoint before had and this one has not."""
        used = {file for files in self._checkpointed.values() for _, file, _ in files}
        for file in self._used_files - used:
            path = file.removeprefix("file:")
            shutil.rmtree(path, ignore_errors=True)
            if os.path.exists(path):
                logger.warning("The checkpoint %s of an RDD is not needed any more and could not be deleted.", path)
        self._used_files = used
        return {}

    def _tell(self, event: Header) -> None:
        for listener in list(self._listeners):
            try:
                tell(listener, event)
            except Exception:
                logger.exception("The streaming listener %r raised at %s.", listener, event["Event"])

    def _failed(self, error: BaseException) -> None:
        with self._changed:
            if self.error is None:
                self.error = error
            self._changed.notify_all()


def _as_spark_raises(error: BaseException) -> BaseException:
    """What the wait for a context raises when a function of the program has raised."""
    trace = "".join(traceback.format_exception(error))
    text = f"An exception was raised by Python:\n{trace}"
    raised = engine_error({"class": "org.apache.spark.SparkException", "message": text})
    raised.__cause__ = error
    return raised
