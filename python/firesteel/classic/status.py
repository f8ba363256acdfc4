"""`pyspark.core.status`: what the jobs and stages of a context are doing. Not there yet."""

from typing import Any, NamedTuple

from firesteel.classic import not_yet


class SparkJobInfo(NamedTuple):
    """A job."""

    jobId: int
    stageIds: list[int]
    status: str


class SparkStageInfo(NamedTuple):
    """A stage."""

    stageId: int
    currentAttemptId: int
    name: str
    numTasks: int
    numActiveTasks: int
    numCompletedTasks: int
    numFailedTasks: int


class SparkExecutorInfo(NamedTuple):
    """An executor."""

    host: str
    port: int
    cacheSize: int
    numRunningTasks: int
    usedOnHeapStorageMemory: int
    usedOffHeapStorageMemory: int
    totalOnHeapStorageMemory: int
    totalOffHeapStorageMemory: int


class StatusTracker:
    """Asks for jobs and stages."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        not_yet("StatusTracker")
