"""`pyspark.core.status`: what the jobs and stages of a context are doing."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from firesteel.classic.service import Service

__all__ = ["SparkExecutorInfo", "SparkJobInfo", "SparkStageInfo", "StatusTracker"]


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
    """Asks for jobs and stages. The engine remembers the last thousand or so of each."""

    def __init__(self, service: "Service") -> None:
        self._service = service

    def getJobIdsForGroup(self, jobGroup: "str | None" = None) -> list[int]:
        """The ids of all known jobs of a group, or of those without a group."""
        return list(self._ask({"ask": "jobs", "group": jobGroup})["jobs"])

    def getActiveStageIds(self) -> list[int]:
        """The ids of the stages that run."""
        return sorted(self._ask({"ask": "active"})["stages"])

    def getActiveJobsIds(self) -> list[int]:
        """The ids of the jobs that run."""
        return sorted(self._ask({"ask": "active"})["jobs"])

    def getJobInfo(self, jobId: int) -> "SparkJobInfo | None":
        """A job, or `None` if it is not known."""
        info = self._ask({"ask": "job", "job": jobId}).get("info")
        return None if info is None else SparkJobInfo(**info)

    def getStageInfo(self, stageId: int) -> "SparkStageInfo | None":
        """A stage, or `None` if it is not known."""
        info = self._ask({"ask": "stage", "stage": stageId}).get("info")
        return None if info is None else SparkStageInfo(**info)

    def getExecutorInfos(self) -> list[SparkExecutorInfo]:
        """The executors: the engine itself."""
        return [SparkExecutorInfo(**info) for info in self._ask({"ask": "executors"})["executors"]]

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        return self._service.call("status", question)[0]
