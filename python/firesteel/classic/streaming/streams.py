"""The kinds of streams: inputs, transformed streams, windows, state."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyspark.serializers import NoOpSerializer
from pyspark.storagelevel import StorageLevel

from firesteel.classic.streaming.graph import Graph, Stream, failure, moment
from firesteel.classic.tasks.lines import LinesDeserializer

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

Function = Callable[..., "RDD[Any] | None"]


class QueueStream(Stream):
    """Gives one RDD of a queue after the other, or all that are left."""

    def __init__(self, graph: Graph, queue: "Sequence[RDD[Any]]", one_at_a_time: bool, default: "RDD[Any] | None"):
        super().__init__(graph, ())
        self.queue = list(queue)
        self.one_at_a_time = one_at_a_time
        self.default = default

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "queue": None, "default": None}

    def compute(self, time_ms: int) -> "RDD[Any] | None":
        """The next of the queue, then the default, then an RDD with an empty partition."""
        if self.queue:
            taken = self.queue[:1] if self.one_at_a_time else self.queue[:]
            del self.queue[: len(taken)]
            return taken[0] if len(taken) == 1 else self.graph.sc.union(taken)
        return self.graph.sc.parallelize([], 1) if self.default is None else self.default

    def refuse_restore(self) -> None:
        """A queue's RDDs are in no checkpoint."""
        if self.queue is None:
            raise failure(
                "java.io.NotSerializableException",
                "queueStream doesn't support checkpointing. Please don't use queueStream when checkpointing is "
                "enabled.",
            )


class InputStream(Stream):
    """An input that the engine keeps: it says with each batch what the stream has."""

    def describe(self) -> dict[str, Any]:
        """What the engine needs to know of it."""
        raise NotImplementedError

    def given(self, time_ms: int) -> Any:
        """What the engine said for a time; `None` if it said nothing."""
        return self.graph.inputs.get(time_ms, {}).get(self.id)


class SocketStream(InputStream):
    """Lines that a receiver of the engine gets from a socket."""

    def __init__(self, graph: Graph, host: str, port: int) -> None:
        super().__init__(graph, ())
        self.host = host
        self.port = port

    def describe(self) -> dict[str, Any]:
        """A receiver of a socket."""
        return {"stream": self.id, "kind": "socket", "host": self.host, "port": self.port}

    def compute(self, time_ms: int) -> "RDD[Any]":
        """An RDD of the batch's blocks, one to a partition."""
        blocks = self.given(time_ms) or 0
        sc = self.graph.sc
        parameters = {"streaming": self.graph.streaming_id, "stream": self.id, "time_ms": time_ms}
        node = sc._lineage.node("receivedBlocks", (), parameters, partitions=int(blocks))
        return sc._rdd(node, LinesDeserializer())


class FileStream(InputStream):
    """The contents of new files."""

    def __init__(self, graph: Graph, directory: str, record_length: "int | None" = None) -> None:
        super().__init__(graph, ())
        self.directory = directory
        self.record_length = record_length

    def describe(self) -> dict[str, Any]:
        """A directory that the engine watches."""
        return {"stream": self.id, "kind": "files", "directory": self.directory}

    def compute(self, time_ms: int) -> "RDD[Any]":
        """The lines or records of the batch's files."""
        sc = self.graph.sc
        rdds = [self._file(path) for path in self.given(time_ms) or []]
        if not rdds:
            node = sc._lineage.node("empty", partitions=0)
            return sc._rdd(node, LinesDeserializer() if self.record_length is None else NoOpSerializer())
        return rdds[0] if len(rdds) == 1 else sc.union(rdds)

    def _file(self, path: str) -> "RDD[Any]":
        # A name is a name here, not a list of patterns.
        escaped = "".join("\\" + letter if letter in "\\*?[]{},^" else letter for letter in path)
        sc = self.graph.sc
        return sc.textFile(escaped) if self.record_length is None else sc.binaryRecords(escaped, self.record_length)


class TransformedStream(Stream):
    """A function of the parents' RDDs."""

    def __init__(self, graph: Graph, parents: tuple[Stream, ...], function: Callable[..., Any]) -> None:
        super().__init__(graph, parents)
        self.function = function

    def compute(self, time_ms: int) -> "RDD[Any] | None":
        """What the user's function makes of them."""
        rdds = [parent.rdd(time_ms) for parent in self.parents]
        if len(rdds) == 1 and rdds[0] is None:
            return None
        made: RDD[Any] | None = self.function(
            moment(time_ms), *(self.graph.sc.emptyRDD() if rdd is None else rdd for rdd in rdds)
        )
        return made


class WindowStream(Stream):
    """All that the parent had within a window."""

    def __init__(self, parent: Stream, window_ms: int, slide_ms: int) -> None:
        super().__init__(parent.graph, (parent,), slide_ms)
        self.window_ms = window_ms
        parent.level = StorageLevel.MEMORY_ONLY

    @property
    def parents_remember_ms(self) -> int:
        """As long as this stream, and the window."""
        return (self.remember_ms or 0) + self.window_ms

    def compute(self, time_ms: int) -> "RDD[Any]":
        """The union of the parent's RDDs."""
        (parent,) = self.parents
        rdds = parent.between(time_ms - self.window_ms + parent.slide_ms, time_ms)
        return self.graph.sc.union(rdds) if rdds else self.graph.sc.emptyRDD()


class ReducedWindowStream(Stream):
    """A window's reduced values, made from those of the window before: what came is added, what left is taken away."""

    must_checkpoint = True

    STEPS_MIN = 5
    """A window of fewer slides is reduced anew: that is one shuffle instead of two."""

    def __init__(self, parent: Stream, reduce: Function, inverse: Function, window_ms: int, slide_ms: int) -> None:
        super().__init__(parent.graph, (parent,), slide_ms)
        self.reduce = reduce
        self.inverse = inverse
        self.window_ms = window_ms
        self.level = StorageLevel.MEMORY_ONLY

    @property
    def parents_remember_ms(self) -> int:
        """As long as this stream, and the window."""
        return (self.remember_ms or 0) + self.window_ms

    def compute(self, time_ms: int) -> "RDD[Any] | None":
        """The window before, without what left it and with what came."""
        (parent,) = self.parents
        start_ms, before_ms = time_ms - self.window_ms, time_ms - self.slide_ms
        previous = self.rdd_before(time_ms)
        if previous is None or self.window_ms < self.slide_ms * self.STEPS_MIN:
            return self._add(None, parent.between(start_ms + parent.slide_ms, time_ms), time_ms)
        left = parent.between(start_ms - self.slide_ms + parent.slide_ms, start_ms)
        if left:
            previous = self.inverse(moment(time_ms), previous, self.graph.sc.union(left))
        return self._add(previous, parent.between(before_ms + parent.slide_ms, time_ms), time_ms)

    def _add(self, to: "RDD[Any] | None", rdds: "list[RDD[Any]]", time_ms: int) -> "RDD[Any] | None":
        return self.reduce(moment(time_ms), to, self.graph.sc.union(rdds)) if rdds else to


class StateStream(Stream):
    """A state for each key, made from the state before and the batch."""

    must_checkpoint = True

    def __init__(self, parent: Stream, update: Function, initial: "RDD[Any] | None") -> None:
        super().__init__(parent.graph, (parent,))
        self.update = update
        self.initial = initial
        self.level = StorageLevel.MEMORY_ONLY

    def __getstate__(self) -> dict[str, Any]:
        # An RDD cannot be in a checkpoint, but its elements can.
        initial = self.initial if self.initial is None or isinstance(self.initial, list) else self.initial.collect()
        return {**super().__getstate__(), "initial": initial}

    def compute(self, time_ms: int) -> "RDD[Any] | None":
        """The new state; the old one if the parent has no RDD."""
        before = self.rdd_before(time_ms)
        batch = self.parents[0].rdd(time_ms)
        if batch is None:
            return before
        if before is None and self.initial is not None:
            initial = self.initial
            before = self.graph.sc.parallelize(initial) if isinstance(initial, list) else initial
        return self.update(moment(time_ms), before, batch)


def with_time(function: Callable[..., Any], arguments: int) -> Callable[..., Any]:
    """A function that takes a time before so many RDDs, of one that may take the RDDs alone."""
    count = function.__code__.co_argcount
    if count == arguments:
        untimed = function

        def timed(_: datetime, *rdds: Any) -> Any:
            return untimed(*rdds)

        return timed
    return function
