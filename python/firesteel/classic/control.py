"""The methods of `SparkContext` that name, follow and cancel jobs."""

from typing import TYPE_CHECKING, Any

from firesteel.classic.properties import DESCRIPTION, INTERRUPT_ON_CANCEL, JOB_GROUP, TAGS, LocalProperties

if TYPE_CHECKING:
    from firesteel.classic.service import Service
    from firesteel.classic.status import StatusTracker


class JobControl:
    """The part of a context that is about its jobs."""

    _properties: LocalProperties
    _service: "Service"

    def setLocalProperty(self, key: str, value: "str | None") -> None:
        """Sets a property of the jobs that this thread starts from now on; `None` removes it."""
        self._properties.set(key, value)

    def getLocalProperty(self, key: str) -> "str | None":
        """A property of the jobs that this thread starts."""
        return self._properties.get(key)

    def setJobGroup(self, groupId: str, description: str, interruptOnCancel: bool = False) -> None:
        """Puts the jobs that this thread starts from now on into a group."""
        self._properties.set(JOB_GROUP, groupId)
        self._properties.set(DESCRIPTION, description)
        self.setInterruptOnCancel(interruptOnCancel)

    def setInterruptOnCancel(self, interruptOnCancel: bool) -> None:
        """Whether tasks of this thread's jobs are interrupted when their job is cancelled."""
        self._properties.set(INTERRUPT_ON_CANCEL, str(bool(interruptOnCancel)).lower())

    def setJobDescription(self, value: "str | None") -> None:
        """Describes the jobs that this thread starts from now on."""
        self._properties.set(DESCRIPTION, value)

    def addJobTag(self, tag: str) -> None:
        """Adds a tag to the jobs that this thread starts from now on."""
        _check_tag(tag)
        self._set_tags(self.getJobTags() | {tag})

    def removeJobTag(self, tag: str) -> None:
        """Takes a tag away again."""
        _check_tag(tag)
        self._set_tags(self.getJobTags() - {tag})

    def getJobTags(self) -> set[str]:
        """The tags of the jobs that this thread starts."""
        text = self._properties.get(TAGS)
        return set(text.split(",")) if text else set()

    def clearJobTags(self) -> None:
        """Takes all tags away."""
        self._set_tags(set())

    def _set_tags(self, tags: set[str]) -> None:
        self._properties.set(TAGS, ",".join(sorted(tags)) or None)

    def cancelJobGroup(self, groupId: str) -> None:
        """Cancels the running jobs of a group."""
        self._service.call("cancel", {"group": groupId})

    def cancelJobsWithTag(self, tag: str) -> None:
        """Cancels the running jobs with a tag."""
        _check_tag(tag)
        self._service.call("cancel", {"tag": tag})

    def cancelAllJobs(self) -> None:
        """Cancels all running jobs."""
        self._service.call("cancel", {})

    def statusTracker(self) -> "StatusTracker":
        """What jobs and stages are doing."""
        from firesteel.classic.status import StatusTracker

        return StatusTracker(self._service)


def _check_tag(tag: Any) -> None:
    from firesteel.classic.errors import engine_error

    text = None
    if not tag:
        text = "Spark job tag cannot be an empty string."
    elif "," in tag:
        text = "Spark job tag cannot contain ','."
    if text is not None:
        raise engine_error({"class": "java.lang.IllegalArgumentException", "message": text})
