"""The methods of `SparkContext` that make RDDs: from the driver's own data, and from files."""

import builtins
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, cast

from pyspark.serializers import (
    AutoBatchedSerializer,
    BatchedSerializer,
    CPickleSerializer,
    NoOpSerializer,
    PairDeserializer,
    Serializer,
    UTF8Deserializer,
)

from firesteel.classic.tasks.lines import LinesDeserializer

if TYPE_CHECKING:
    from firesteel.classic.context import SparkContext
    from firesteel.classic.lineage import Lineage, Node
    from firesteel.classic.rdd import RDD
    from firesteel.classic.service import Service

INLINE_BYTES_MAX = 1 << 20
"""Data of the driver that is larger than this is sent when the RDD is made, not with its first job."""

PART_BYTES = 4 << 20


class Inputs:
    """The part of a context that makes RDDs."""

    _lineage: "Lineage"
    _service: "Service"
    _batchSize: int
    _unbatched_serializer: Serializer

    @property
    def defaultParallelism(self) -> int:
        """How many tasks run at once."""
        raise NotImplementedError

    def _rdd(self, node: "Node", deserializer: Serializer) -> "RDD[Any]":
        from firesteel.classic.rdd import RDD

        return RDD(node, cast("SparkContext", self), deserializer)

    def emptyRDD(self) -> "RDD[Any]":
        """An RDD without partitions."""
        return self._rdd(self._lineage.node("empty", partitions=0), NoOpSerializer())

    def range(self, start: int, end: "int | None" = None, step: int = 1, numSlices: "int | None" = None) -> "RDD[int]":
        """An RDD of the numbers from `start` to before `end`; with one number, from 0 to before that."""
        if end is None:
            start, end = 0, start
        return self.parallelize(range(start, end, step), numSlices)

    def parallelize(self, c: Iterable[Any], numSlices: "int | None" = None) -> "RDD[Any]":
        """An RDD of the driver's own data. Of a `range`, only its bounds are sent."""
        slices = int(numSlices) if numSlices is not None else self.defaultParallelism
        if isinstance(c, builtins.range):
            return self._parallelize_range(c, slices)
        data: Sequence[Any] = c if "__len__" in dir(c) else list(c)  # type: ignore[assignment]
        batch_size = max(1, min(len(data) // slices, self._batchSize or 1024))
        serializer = BatchedSerializer(self._unbatched_serializer, batch_size)
        return self._rdd(self._parallelize_frames(serializer, data, slices), serializer)

    def _parallelize_range(self, numbers: builtins.range, slices: int) -> "RDD[int]":
        size = len(numbers)
        if size == 0:
            return self.parallelize([], slices)
        start, step = numbers[0], numbers.step

        def numbers_of(split: int, empty: Iterable[Any]) -> Iterable[int]:
            # A worker that has not read to the end of its input cannot be used again.
            for _ in empty:
                pass
            first, last = split * size // slices, (split + 1) * size // slices
            return range(start + first * step, start + last * step, step)

        return self.parallelize([], slices).mapPartitionsWithIndex(numbers_of)

    def _parallelize_frames(self, serializer: Serializer, data: Iterable[Any], slices: int) -> "Node":
        """A node of pickled batches; large data goes to the engine now."""
        written = io.BytesIO()
        serializer.dump_stream(data, written)
        frames = written.getbuffer()
        parameters: dict[str, Any] = {"slices": slices}
        if len(frames) <= INLINE_BYTES_MAX:
            return self._lineage.node("parallelize", (), parameters, bytes(frames), slices)
        parts = (bytes(frames[at : at + PART_BYTES]) for at in range(0, len(frames), PART_BYTES))
        parameters["upload"] = self._service.upload("frames", {}, parts)[0]["id"]
        return self._lineage.node("parallelize", (), parameters, partitions=slices)

    def textFile(self, name: str, minPartitions: "int | None" = None, use_unicode: bool = True) -> "RDD[str]":
        """The lines of text files: a file, a directory, a pattern, or several of them with commas between."""
        return self._rdd(self._file_node("textFile", name, minPartitions), LinesDeserializer(use_unicode))

    def wholeTextFiles(
        self, path: str, minPartitions: "int | None" = None, use_unicode: bool = True
    ) -> "RDD[tuple[str, str]]":
        """Text files as pairs of a path and the whole content."""
        texts = PairDeserializer(UTF8Deserializer(use_unicode), UTF8Deserializer(use_unicode))
        return self._rdd(self._file_node("wholeTextFiles", path, minPartitions), texts)

    def binaryFiles(self, path: str, minPartitions: "int | None" = None) -> "RDD[tuple[str, bytes]]":
        """Files as pairs of a path and the content's bytes."""
        contents = PairDeserializer(UTF8Deserializer(), NoOpSerializer())
        return self._rdd(self._file_node("binaryFiles", path, minPartitions), contents)

    def binaryRecords(self, path: str, recordLength: int) -> "RDD[bytes]":
        """The records of a fixed length in binary files."""
        node = self._lineage.node("binaryRecords", (), {"path": path, "record_length": recordLength})
        return self._rdd(node, NoOpSerializer())

    def pickleFile(self, name: str, minPartitions: "int | None" = None) -> "RDD[Any]":
        """What `RDD.saveAsPickleFile` has written."""
        return self._rdd(self._file_node("pickleFile", name, minPartitions), AutoBatchedSerializer(CPickleSerializer()))

    def _checkpointFile(self, name: str, input_deserializer: Serializer) -> "RDD[Any]":
        return self._rdd(self._lineage.node("checkpointFile", (), {"path": name}), input_deserializer)

    def _file_node(self, kind: str, path: str, min_partitions: "int | None") -> "Node":
        least = min(self.defaultParallelism, 2) if min_partitions is None else int(min_partitions)
        return self._lineage.node(kind, (), {"path": path, "min_partitions": least})

    def union(self, rdds: "list[RDD[Any]]") -> "RDD[Any]":
        """All elements of several RDDs, one RDD after the other."""
        from firesteel.classic.operations.transformations import union

        return union(rdds)

    def sequenceFile(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Not without Hadoop."""
        _without_hadoop("sequenceFile")

    def newAPIHadoopFile(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Not without Hadoop."""
        _without_hadoop("newAPIHadoopFile")

    def newAPIHadoopRDD(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Not without Hadoop."""
        _without_hadoop("newAPIHadoopRDD")

    def hadoopFile(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Not without Hadoop."""
        _without_hadoop("hadoopFile")

    def hadoopRDD(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Not without Hadoop."""
        _without_hadoop("hadoopRDD")


def _without_hadoop(method: str) -> NoReturn:
    from pyspark.errors import PySparkNotImplementedError

    alternative = (
        "Hadoop's formats need a JVM. Read text with textFile, bytes with binaryFiles or binaryRecords, what "
        "saveAsPickleFile wrote with pickleFile, and tables with spark.read"
    )
    feature = f"SparkContext.{method}. {alternative}"
    raise PySparkNotImplementedError(errorClass="NOT_IMPLEMENTED", messageParameters={"feature": feature})
