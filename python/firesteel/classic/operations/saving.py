"""RDDs written to files: a directory with a file for each partition."""

from typing import TYPE_CHECKING, Any, NoReturn

from pyspark.serializers import AutoBatchedSerializer, BatchedSerializer, CPickleSerializer, NoOpSerializer, Serializer

from firesteel.classic.tasks import text

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD


class Saving:
    """`saveAsTextFile` and its kin."""

    def saveAsTextFile(self, path: str, compressionCodecClass: "str | None" = None) -> None:
        """Writes a line of text for each element, which is `str(element)` unless it is text or bytes already.

        The codec is named as in Hadoop, for example `org.apache.hadoop.io.compress.GzipCodec`.
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        lines = rdd._step(text.lines)
        lines._jrdd_deserializer = NoOpSerializer()
        lines._act("saveAsTextFile", path=str(path), codec=compressionCodecClass)

    def saveAsPickleFile(self, path: str, batchSize: int = 10) -> None:
        """Writes the elements pickled, so many together, for `SparkContext.pickleFile`.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     sc.parallelize(range(10)).saveAsPickleFile(directory + "/numbers")
        ...     sorted(sc.pickleFile(directory + "/numbers", 3).collect())
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        pickle = CPickleSerializer()
        serializer: Serializer = AutoBatchedSerializer(pickle)
        if batchSize:
            serializer = BatchedSerializer(pickle, batchSize)
        rdd._reserialize(serializer)._act("saveAsPickleFile", path=str(path))

    def saveAsSequenceFile(self, path: str, compressionCodecClass: "str | None" = None) -> None:
        """Not without Hadoop."""
        _without_hadoop("saveAsSequenceFile")

    def saveAsHadoopFile(
        self,
        path: str,
        outputFormatClass: str,
        keyClass: "str | None" = None,
        valueClass: "str | None" = None,
        keyConverter: "str | None" = None,
        valueConverter: "str | None" = None,
        conf: "dict[str, str] | None" = None,
        compressionCodecClass: "str | None" = None,
    ) -> None:
        """Not without Hadoop."""
        _without_hadoop("saveAsHadoopFile")

    def saveAsHadoopDataset(
        self, conf: dict[str, str], keyConverter: "str | None" = None, valueConverter: "str | None" = None
    ) -> None:
        """Not without Hadoop."""
        _without_hadoop("saveAsHadoopDataset")

    def saveAsNewAPIHadoopFile(
        self,
        path: str,
        outputFormatClass: str,
        keyClass: "str | None" = None,
        valueClass: "str | None" = None,
        keyConverter: "str | None" = None,
        valueConverter: "str | None" = None,
        conf: "dict[str, str] | None" = None,
    ) -> None:
        """Not without Hadoop."""
        _without_hadoop("saveAsNewAPIHadoopFile")

    def saveAsNewAPIHadoopDataset(
        self, conf: dict[str, str], keyConverter: "str | None" = None, valueConverter: "str | None" = None
    ) -> None:
        """Not without Hadoop."""
        _without_hadoop("saveAsNewAPIHadoopDataset")

    def _act(self, kind: str, **parameters: Any) -> None:
        """Runs a job that the engine finishes by itself."""
        rdd: RDD[Any] = self  # type: ignore[assignment]
        rdd.ctx._lineage.act(kind, rdd._jrdd, rdd.ctx._properties.for_job(), **parameters)


def _without_hadoop(method: str) -> NoReturn:
    from pyspark.errors import PySparkNotImplementedError

    alternative = (
        "Hadoop's formats need a JVM. Write text with saveAsTextFile, any elements with saveAsPickleFile, and tables "
        "with toDF().write"
    )
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED", messageParameters={"feature": f"RDD.{method}. {alternative}"}
    )
