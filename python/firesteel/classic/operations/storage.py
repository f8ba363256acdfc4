"""What the engine keeps of an RDD: partitions in memory or on disk, and checkpoints that cut its lineage."""

from typing import TYPE_CHECKING, Any, TypeVar

from pyspark.storagelevel import StorageLevel

if TYPE_CHECKING:
    from firesteel.classic.rdd import RDD

T = TypeVar("T")


class Storage:
    """`persist`, `checkpoint` and their kin."""

    def cache(self: "RDD[T]") -> "RDD[T]":
        """Keeps the partitions in memory once they are computed.

        >>> rdd = sc.range(5).cache()
        >>> str(rdd.getStorageLevel())
        'Memory Serialized 1x Replicated'
        >>> _ = rdd.unpersist()
        """
        return self.persist()

    def persist(self: "RDD[T]", storageLevel: StorageLevel = StorageLevel.MEMORY_ONLY) -> "RDD[T]":
        """Keeps the partitions once they are computed, as the level says. It can be changed only after `unpersist`.

        >>> from pyspark import StorageLevel
        >>> rdd = sc.range(5).persist(StorageLevel.MEMORY_AND_DISK)
        >>> rdd.is_cached
        True
        >>> str(rdd.getStorageLevel())
        'Disk Memory Serialized 1x Replicated'
        >>> rdd.unpersist().is_cached
        False
        """
        if not isinstance(storageLevel, StorageLevel):
            raise TypeError(f"storageLevel must be of type pyspark.StorageLevel, not {type(storageLevel).__name__}")
        # As in PySpark, whose elements are bytes to its engine too: what follows is a task of its own.
        self.is_cached = True
        level = [
            storageLevel.useDisk,
            storageLevel.useMemory,
            storageLevel.useOffHeap,
            storageLevel.deserialized,
            storageLevel.replication,
        ]
        self.ctx._lineage.ask("persist", self._jrdd, level=level)
        return self

    def unpersist(self: "RDD[T]", blocking: bool = False) -> "RDD[T]":
        """Drops the partitions that are kept.

        >>> sc.range(5).cache().unpersist().is_cached
        False
        """
        self.is_cached = False
        self.ctx._lineage.ask("unpersist", self._jrdd, blocking=bool(blocking))
        return self

    def getStorageLevel(self) -> StorageLevel:
        """How the partitions are kept.

        >>> print(sc.parallelize([1, 2]).getStorageLevel())
        Serialized 1x Replicated
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return StorageLevel(*rdd.ctx._lineage.ask("storageLevel", rdd._jrdd)["level"])

    def checkpoint(self) -> None:
        """Has the next job write the partitions to the checkpoint directory; from then on, this RDD is read from there.

        The directory is set with `SparkContext.setCheckpointDir`. What is not persisted too is computed twice.
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        rdd.is_checkpointed = True
        rdd.ctx._lineage.ask("checkpoint", rdd._jrdd)

    def isCheckpointed(self) -> bool:
        """Whether the lineage has been cut by a checkpoint that is there."""
        return bool(self._checkpointed()["checkpointed"])

    def localCheckpoint(self) -> None:
        """Has the next job keep the partitions; from then on, this RDD is what is kept. Nothing is written that lasts.

        >>> rdd = sc.range(5)
        >>> rdd.localCheckpoint()
        >>> rdd.isLocallyCheckpointed()
        True
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        rdd.ctx._lineage.ask("localCheckpoint", rdd._jrdd)

    def isLocallyCheckpointed(self) -> bool:
        """Whether `localCheckpoint` was called."""
        return bool(self._checkpointed()["local"])

    def getCheckpointFile(self) -> "str | None":
        """Where the checkpoint is, once it is written."""
        file = self._checkpointed().get("file")
        return None if file is None else str(file)

    def cleanShuffleDependencies(self, blocking: bool = False) -> None:
        """Drops the output of the shuffles that this RDD is made of, up to what is persisted. It is computed again if needed."""
        rdd: RDD[Any] = self  # type: ignore[assignment]
        rdd.ctx._lineage.ask("cleanShuffleDependencies", rdd._jrdd, blocking=bool(blocking))

    def _checkpointed(self) -> dict[str, Any]:
        rdd: RDD[Any] = self  # type: ignore[assignment]
        found = rdd.ctx._lineage.ask("checkpointed", rdd._jrdd)
        if found["file"] is not None:
            rdd._cut_lineage()
        return found
