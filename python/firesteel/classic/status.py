"""`pyspark.core.status`: what the jobs and stages of a context are doing. Not there yet."""

from typing import Any, NamedTuple

from firesteel.classic import not_yet


class SparkJobInfo(NamedTuple):
    """A job."""

    jobId: int  # noqa: N815 (Spark's name)
    stageIds: list[int]  # noqa: N815 (Spark's name)
    status: str


class SparkStageInfo(NamedTuple):
    """A stage."""

    stageId: int  # noqa: N815 (Spark's name)
    currentAttemptId: int  # noqa: N815 (Spark's name)
    name: str
    numTasks: int  # noqa: N815 (Spark's name)
    numActiveTasks: int  # noqa: N815 (Spark's name)
    numCompletedTasks: int  # noqa: N815 (Spark's name)
    numFailedTasks: int  # noqa: N815 (Spark's name)


class SparkExecutorInfo(NamedTuple):
    """An executor."""

    host: str
    port: int
    cacheSize: int  # noqa: N815 (Spark's name)
    numRunningTasks: int  # noqa: N815 (Spark's name)
    usedOnHeapStorageMemory: int  # noqa: N815 (Spark's name)
    usedOffHeapStorageMemory: int  # noqa: N815 (Spark's name)
    totalOnHeapStorageMemory: int  # noqa: N815 (Spark's name)
    totalOffHeapStorageMemory: int  # noqa: N815 (Spark's name)


class StatusTracker:
    """Asks for jobs and stages."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        not_yet("StatusTracker")
