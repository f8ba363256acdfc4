"""The graph: streams, each of which knows how its RDD of a batch is made from RDDs of its parents.

A stream has a slide: it has an RDD at every time that is a multiple of it after the context's start. An RDD is made once
and remembered for as long as a later batch may ask for it: a window asks its parent for RDDs as old as itself, a
checkpointed stream remembers two intervals of its checkpoints. Times and durations are milliseconds.
"""

import base64
import pickle
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pyspark.storagelevel import StorageLevel

from firesteel.classic.properties import called_for

if TYPE_CHECKING:
    from firesteel.classic.context import SparkContext
    from firesteel.classic.rdd import RDD

CHECKPOINT_MS_MIN = 10_000
"""A stream that must be checkpointed is, without an interval of its own, checkpointed this often at most."""

NONE = StorageLevel(False, False, False, False)


class Graph:
    """All streams and output operations of a context."""

    def __init__(self, batch_ms: int) -> None:
        self.batch_ms = batch_ms
        self.streams: list[Stream] = []
        self.outputs: list[Output] = []
        self.remember_ms: int | None = None
        self.checkpoint_directory: str | None = None
        self.transient()

    def transient(self) -> None:
        """What is not part of a checkpoint."""
        self.sc: SparkContext = None  # type: ignore[assignment]
        self.zero_ms: int | None = None
        self.unpersist = True
        # A user's thread may ask for a slice while the engine asks for a batch.
        self.lock = threading.RLock()
        self.inputs: dict[int, dict[int, Any]] = {}
        self.streaming_id: int | None = None
        self.closed_by: str | None = None

    def __getstate__(self) -> dict[str, Any]:
        gone = ("sc", "zero_ms", "unpersist", "lock", "inputs", "streaming_id", "closed_by")
        return {key: value for key, value in vars(self).items() if key not in gone}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.transient()

    def close(self, by: str) -> None:
        """Nothing can be added from now on."""
        self.closed_by = by

    def check_open(self) -> None:
        """Refuses a change when the context has started or stopped."""
        if self.closed_by is not None:
            raise failure(
                "java.lang.IllegalStateException",
                "Adding new inputs, transformations, and output operations after "
                f"{self.closed_by} a context is not supported",
            )

    def add(self, stream: "Stream") -> int:
        """Takes in a stream; its number."""
        self.check_open()
        self.streams.append(stream)
        return len(self.streams) - 1

    def start(self, zero_ms: int) -> None:
        """Fixes the time before the first batch, and for how long each stream must remember."""
        self.zero_ms = zero_ms
        for output in self.outputs:
            output.stream.initialize()
        for output in self.outputs:
            if self.remember_ms is not None:
                output.stream.remember(self.remember_ms)
        for output in self.outputs:
            output.stream.validate()

    @property
    def remember_inputs_ms(self) -> int:
        """For how long the engine must keep what a batch received."""
        return max((stream.remember_ms or 0 for stream in self.streams), default=0)

    def generate(self, time_ms: int) -> "list[tuple[Output, RDD[Any]]]":
        """The output operations that have an RDD at a time."""
        with self.lock:
            made = []
            for output in self.outputs:
                called_for(output.site)
                made.append((output, output.stream.rdd(time_ms)))
        return [(output, rdd) for output, rdd in made if rdd is not None]

    def forget(self, time_ms: int) -> None:
        """A batch has ended: forgets what no later one can need."""
        with self.lock:
            for stream in self.streams:
                stream.forget(time_ms)
            oldest = time_ms - self.remember_inputs_ms
            for old in [time for time in self.inputs if time < oldest]:
                del self.inputs[old]

    def checkpointed(self) -> dict[str, Any]:
        """The files of checkpointed RDDs, by stream and time."""
        with self.lock:
            files = {str(stream.id): stream.checkpointed() for stream in self.streams if stream.checkpoint_ms}
        return {id: found for id, found in files.items() if found}

    def restore(self, checkpointed: dict[str, Any]) -> None:
        """Takes what `checkpointed` gave."""
        for id, files in checkpointed.items():
            self.streams[int(id)].restore(files)


class Output:
    """An output operation."""

    def __init__(self, id: int, stream: "Stream", function: Callable[[datetime, "RDD[Any]"], Any], site: str) -> None:
        self.id = id
        self.stream = stream
        self.function = function
        self.site = site

    @property
    def name(self) -> str:
        """The call and the line, without the path."""
        call, _, place = self.site.partition(" at ")
        return f"{call} at {place.rpartition('/')[2]}"

    def run(self, time_ms: int, rdd: "RDD[Any]") -> None:
        """Does the operation's work for one batch."""
        self.function(moment(time_ms), rdd)


class Stream:
    """A stream. A subclass says in `compute` how its RDD is made."""

    must_checkpoint = False

    def __init__(self, graph: Graph, parents: "tuple[Stream, ...]", slide_ms: "int | None" = None) -> None:
        self.graph = graph
        self.parents = parents
        self.slide_ms: int = slide_ms or (parents[0].slide_ms if parents else graph.batch_ms)
        self.level = NONE
        self.checkpoint_ms: int | None = None
        self.remember_ms: int | None = None
        self.rdds: dict[int, RDD[Any]] = {}
        self.cut: set[int] = set()
        self.id: int = graph.add(self)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "rdds": {}, "cut": set()}

    def compute(self, time_ms: int) -> "RDD[Any] | None":
        """Makes the RDD of a time, from those of the parents."""
        raise NotImplementedError

    def rdd(self, time_ms: int) -> "RDD[Any] | None":
        """The RDD of a time, made if it is not there; `None` if the stream has none then."""
        with self.graph.lock:
            known = self.rdds.get(time_ms)
            if known is not None or not self.has(time_ms):
                return known
            made = self.compute(time_ms)
            if made is None:
                return None
            if self.level != NONE and not made.is_cached:
                made.persist(self.level)
            if self.checkpoint_ms and (time_ms - self._zero) % self.checkpoint_ms == 0:
                made.checkpoint()
            self.rdds[time_ms] = made
            return made

    def rdd_before(self, time_ms: int) -> "RDD[Any] | None":
        """The RDD of one slide before a time. Those missing before it are made oldest first.

        A stream that is made from its own past would otherwise go down as deep as the past is long.
        """
        missing = time_ms - self.slide_ms
        while self.has(missing) and missing not in self.rdds:
            missing -= self.slide_ms
        for time in range(missing + self.slide_ms, time_ms - self.slide_ms, self.slide_ms):
            self.rdd(time)
        return self.rdd(time_ms - self.slide_ms)

    def has(self, time_ms: int) -> bool:
        """Whether the stream can have an RDD at a time."""
        return time_ms > self._zero and (time_ms - self._zero) % self.slide_ms == 0

    def between(self, from_ms: int, to_ms: int) -> "list[RDD[Any]]":
        """The RDDs from one time to another, both included."""
        zero = self._zero
        first = zero + (from_ms - zero) // self.slide_ms * self.slide_ms
        last = zero + (to_ms - zero) // self.slide_ms * self.slide_ms
        found = (self.rdd(time) for time in range(max(first, zero), last + 1, self.slide_ms))
        return [rdd for rdd in found if rdd is not None]

    @property
    def _zero(self) -> int:
        if self.graph.zero_ms is None:
            raise failure("org.apache.spark.SparkException", f"{self} has not been initialized")
        return self.graph.zero_ms

    @property
    def parents_remember_ms(self) -> int:
        """For how long the parents must remember for this stream."""
        return self.remember_ms or 0

    def initialize(self) -> None:
        """The context starts."""
        if self.must_checkpoint and self.checkpoint_ms is None:
            self.checkpoint_ms = self.slide_ms * -(-CHECKPOINT_MS_MIN // self.slide_ms)
        least = self.slide_ms
        if self.checkpoint_ms is not None and least <= self.checkpoint_ms:
            least = self.checkpoint_ms * 2
        self.remember_ms = max(self.remember_ms or 0, least)
        for parent in self.parents:
            parent.initialize()
            parent.remember(self.parents_remember_ms)

    def remember(self, duration_ms: int) -> None:
        """Remembers for that long at least."""
        self.remember_ms = max(self.remember_ms or 0, duration_ms)
        for parent in self.parents:
            parent.remember(self.parents_remember_ms)

    def validate(self) -> None:
        """Refuses what cannot work, when the context starts."""
        if self.checkpoint_ms is not None:
            if self.graph.sc.getCheckpointDir() is None:
                raise illegal(
                    "The checkpoint directory has not been set. Please set it by StreamingContext.checkpoint()."
                )
            if self.checkpoint_ms % self.slide_ms != 0:
                raise illegal(
                    f"The checkpoint interval for {type(self).__name__} has been set to {self.checkpoint_ms} ms which "
                    f"not a multiple of its slide time ({self.slide_ms} ms). Please set it to a multiple of it."
                )
        for parent in self.parents:
            parent.validate()

    def forget(self, time_ms: int) -> None:
        """Forgets the RDDs that are older than what must be remembered at a time."""
        oldest = time_ms - (self.remember_ms or 0)
        for old in [time for time in self.rdds if time <= oldest]:
            rdd = self.rdds.pop(old)
            if self.graph.unpersist and rdd.is_cached:
                rdd.unpersist()
        self._cut_lineages()

    def _cut_lineages(self) -> None:
        """Asks for the checkpoints that may have been written; an RDD that has one lets go of its past."""
        if not self.checkpoint_ms:
            return
        for time, rdd in self.rdds.items():
            if time not in self.cut and (time - self._zero) % self.checkpoint_ms == 0 and rdd.isCheckpointed():
                self.cut.add(time)
        self.cut.intersection_update(self.rdds)

    def checkpointed(self) -> list[list[Any]]:
        """Times, files and serializers of the RDDs whose checkpoints are written."""
        found: list[list[Any]] = []
        for time_ms, rdd in self.rdds.items():
            file = rdd.getCheckpointFile() if (time_ms - self._zero) % (self.checkpoint_ms or 1) == 0 else None
            if file is not None:
                serializer = base64.b64encode(pickle.dumps(rdd._jrdd_deserializer)).decode()
                found.append([time_ms, file, serializer])
        return found

    def restore(self, files: list[list[Any]]) -> None:
        """Takes what `checkpointed` gave."""
        for time_ms, file, serializer in files:
            deserializer = pickle.loads(base64.b64decode(serializer))
            self.rdds[time_ms] = self.graph.sc._checkpointFile(file, deserializer)

    def ancestors(self) -> "Iterator[Stream]":
        """This stream and all that it is made from."""
        yield self
        for parent in self.parents:
            yield from parent.ancestors()


def moment(time_ms: int) -> datetime:
    """A batch's time as functions get it."""
    return datetime.fromtimestamp(time_ms / 1000.0)


def failure(java_class: str, message: str) -> Exception:
    """An exception of the engine."""
    from firesteel.classic.errors import engine_error

    return engine_error({"class": java_class, "message": message})


def illegal(message: str) -> Exception:
    """What Spark's `require` raises."""
    return failure("java.lang.IllegalArgumentException", f"requirement failed: {message}")
