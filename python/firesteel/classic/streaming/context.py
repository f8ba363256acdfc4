"""`pyspark.streaming.context`: the entry point of DStreams."""

import atexit
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar

from pyspark.conf import SparkConf
from pyspark.storagelevel import StorageLevel

from firesteel.classic.context import SparkContext
from firesteel.classic.rdd import RDD
from firesteel.classic.streaming import checkpoint as checkpoints
from firesteel.classic.streaming.driver import Driver
from firesteel.classic.streaming.dstream import DStream
from firesteel.classic.streaming.graph import Graph, Output, Stream, failure, illegal
from firesteel.classic.streaming.listener import StreamingListener
from firesteel.classic.streaming.streams import FileStream, QueueStream, SocketStream, TransformedStream

if TYPE_CHECKING:
    from firesteel.classic.streaming.checkpoint import Checkpoint

__all__ = ["StreamingContext"]


class Handle:
    """What programs use of the Java object behind classic PySpark's context."""

    def __init__(self, ssc: "StreamingContext") -> None:
        self._ssc = ssc

    def stop(self, stopSparkContext: bool = True, stopGracefully: bool = False) -> None:
        """Stops the context."""
        self._ssc._stop(stopGracefully)
        if stopSparkContext:
            self._ssc._sc.stop()


class StreamingContext:
    """Makes streams of a Spark context's batches, and runs them."""

    _activeContext: "ClassVar[StreamingContext | None]" = None

    def __init__(self, sparkContext: SparkContext, batchDuration: "float | None" = None, jssc: Any = None) -> None:
        warnings.warn(
            "DStream is deprecated as of Spark 3.4.0. Migrate to Structured Streaming.", FutureWarning, stacklevel=2
        )
        assert batchDuration is not None
        batch_ms = int(batchDuration * 1000)
        if batch_ms <= 0:
            raise illegal(f"A batch interval of {batchDuration} s is too short; it must be a millisecond at least.")
        self._bind(sparkContext, Graph(batch_ms))

    def _bind(self, sc: SparkContext, graph: Graph) -> None:
        self._sc = sc
        self._jvm = sc._jvm
        self._jssc = Handle(self)
        self._graph = graph
        graph.sc = sc
        self._listeners: list[StreamingListener] = []
        self._driver: Driver | None = None
        self._restored: Checkpoint | None = None
        self._stopped = False

    @classmethod
    def _restore(cls, sc: SparkContext, directory: str, checkpoint: "Checkpoint") -> "StreamingContext":
        ssc = cls.__new__(cls)
        ssc._bind(sc, checkpoints.load_graph(checkpoint))
        ssc._restored = checkpoint
        ssc.checkpoint(directory)
        return ssc

    @classmethod
    def getOrCreate(cls, checkpointPath: str, setupFunc: "Callable[[], StreamingContext]") -> "StreamingContext":
        """The context that the checkpoints in a directory describe; if there are none, what a function makes."""
        found = checkpoints.read(checkpointPath)
        if found is None:
            ssc = setupFunc()
            ssc.checkpoint(checkpointPath)
            return ssc
        sc = SparkContext._active_spark_context
        if sc is None:
            sc = SparkContext(conf=SparkConf().setAll(list(found.settings.items())))
        return cls._restore(sc, checkpointPath, found)

    @classmethod
    def getActive(cls) -> "StreamingContext | None":
        """The context that has been started and not stopped."""
        active = cls._activeContext
        if active is not None and not active._is_active:
            active = cls._activeContext = None
        return active

    @classmethod
    def getActiveOrCreate(
        cls, checkpointPath: "str | None", setupFunc: "Callable[[], StreamingContext]"
    ) -> "StreamingContext":
        """The active context, or what `getOrCreate` gives."""
        if not callable(setupFunc):
            raise TypeError("setupFunc should be callable.")
        active = cls.getActive()
        if active is not None:
            return active
        return setupFunc() if checkpointPath is None else cls.getOrCreate(checkpointPath, setupFunc)

    @property
    def sparkContext(self) -> SparkContext:
        """The Spark context."""
        return self._sc

    @property
    def _is_active(self) -> bool:
        return self._driver is not None and not self._driver.stopped and not self._stopped

    def start(self) -> None:
        """Starts the batches."""
        if self._stopped:
            raise failure("java.lang.IllegalStateException", "StreamingContext has already been stopped")
        if self._is_active:
            warnings.warn("StreamingContext has already been started", stacklevel=2)
            return
        if StreamingContext.getActive() is not None:
            text = "Only one StreamingContext may be started in this JVM. Currently another one runs; stop it first."
            raise failure("java.lang.IllegalStateException", text)
        try:
            self._start()
        except BaseException:
            # As in Spark, a context that could not start is stopped.
            self._stop(False)
            raise
        StreamingContext._activeContext = self
        self._stop_at_exit()

    def _start(self) -> None:
        if not self._graph.outputs:
            raise illegal("No output operations registered, so nothing to execute")
        graph = checkpoints.dump_graph(self._graph) if self._graph.checkpoint_directory else b""
        self._graph.close("starting")
        driver = Driver(self._sc, self._graph, self._listeners)
        checkpointed = {} if self._restored is None else self._restored.checkpointed
        driver.start(self._restored is not None, graph, checkpointed)
        self._driver = driver

    def awaitTermination(self, timeout: "float | None" = None) -> None:
        """Waits until the context is stopped; raises what a batch has raised."""
        self.awaitTerminationOrTimeout(timeout)

    def awaitTerminationOrTimeout(self, timeout: "float | None") -> bool:
        """Waits until the context is stopped, or for so many seconds; whether it is. Raises what a batch has raised."""
        if self._driver is not None:
            return self._driver.wait(timeout)
        if not self._stopped:
            threading.Event().wait(timeout)
        return self._stopped

    def stop(self, stopSparkContext: bool = True, stopGraceFully: bool = False) -> None:
        """Stops the batches, and the Spark context with them unless told not to."""
        self._stop(stopGraceFully)
        if StreamingContext._activeContext is self:
            StreamingContext._activeContext = None
        if stopSparkContext:
            self._sc.stop()

    def _stop(self, graceful: bool) -> None:
        if self._driver is not None:
            self._driver.stop(graceful)
        self._stopped = True
        self._graph.close("stopping")

    def _stop_at_exit(self) -> None:
        """Obeys `spark.streaming.stopGracefullyOnShutdown`, when the process ends or is asked to (SIGTERM)."""
        if self._sc._conf.get("spark.streaming.stopGracefullyOnShutdown", "false") != "true":
            return
        atexit.register(self._stop, True)

        def stop(_signal: int, _frame: "FrameType | None") -> None:
            self.stop(stopSparkContext=True, stopGraceFully=True)
            sys.exit(128 + signal.SIGTERM)

        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stop)

    def remember(self, duration: float) -> None:
        """Makes each stream remember its RDDs for so many seconds at least."""
        if self._graph.remember_ms is not None:
            raise illegal(f"Remember duration already set as {self._graph.remember_ms} ms. Cannot set it again.")
        self._graph.remember_ms = int(duration * 1000)

    def checkpoint(self, directory: str) -> None:
        """Writes a checkpoint with each batch to a directory, from which `getOrCreate` makes the context again."""
        self._graph.checkpoint_directory = directory
        if directory is not None:
            self._sc.setCheckpointDir(directory)

    def socketTextStream(
        self, hostname: str, port: int, storageLevel: StorageLevel = StorageLevel.MEMORY_AND_DISK_2
    ) -> "DStream[str]":
        """Lines of UTF-8 from a TCP server."""
        return DStream(SocketStream(self._graph, hostname, int(port)), self)

    def textFileStream(self, directory: str) -> "DStream[str]":
        """The lines of files that are new in a directory."""
        return DStream(FileStream(self._graph, directory), self)

    def binaryRecordsStream(self, directory: str, recordLength: int) -> "DStream[bytes]":
        """The records of a fixed length in files that are new in a directory."""
        return DStream(FileStream(self._graph, directory, int(recordLength)), self)

    def queueStream(self, rdds: "list[Any]", oneAtATime: bool = True, default: Any = None) -> "DStream[Any]":
        """RDDs of a list, or lists of which RDDs are made; one a batch, or all in the first one."""
        if default and not isinstance(default, RDD):
            default = self._sc.parallelize(default)
        queue = [rdd if isinstance(rdd, RDD) else self._sc.parallelize(rdd) for rdd in rdds or []]
        return DStream(QueueStream(self._graph, queue, oneAtATime, default or None), self)

    def transform(self, dstreams: "list[DStream[Any]]", transformFunc: Callable[..., Any]) -> "DStream[Any]":
        """A function of the RDDs of several streams, which it takes as a list."""
        parents = tuple(dstream._stream for dstream in dstreams)
        return DStream(TransformedStream(self._graph, parents, lambda _, *rdds: transformFunc(rdds)), self)

    def union(self, *dstreams: "DStream[Any]") -> "DStream[Any]":
        """The elements of several streams."""
        if not dstreams:
            raise ValueError("should have at least one DStream to union")
        if len(dstreams) == 1:
            return dstreams[0]
        if len({dstream._slideDuration for dstream in dstreams}) > 1:
            raise ValueError("All DStreams should have same slide duration")
        return self.transform(list(dstreams), _union)

    def addStreamingListener(self, streamingListener: StreamingListener) -> None:
        """Tells a listener of everything from now on."""
        self._listeners.append(streamingListener)

    def _add_output(self, stream: Stream, function: Callable[..., Any], site: str) -> None:
        self._graph.check_open()
        self._graph.outputs.append(Output(len(self._graph.outputs), stream, function, site))


def _union(rdds: "list[RDD[Any]]") -> "RDD[Any]":
    return rdds[0].context.union(list(rdds))
