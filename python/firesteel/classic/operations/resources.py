"""Resource profiles: what the executors and tasks of a stage must have, where a cluster can provide it."""

import os
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pyspark.resource import ResourceProfile

    from firesteel.classic.rdd import RDD

T = TypeVar("T")


class Resources:
    """`withResources` and `getResourceProfile`."""

    _profile_of_resources: "ResourceProfile | None" = None

    def withResources(self: "RDD[T]", profile: "ResourceProfile") -> "RDD[T]":
        """Asks for executors with certain resources. Only a cluster manager could start them, so this is an error here.

        As in Spark, it is none where `SPARK_TESTING` is in the environment: the profile is kept and changes nothing.
        """
        if "SPARK_TESTING" not in os.environ:
            from firesteel.classic.errors import engine_error

            kind = "ResourceProfiles" if profile.executorResources else "TaskResourceProfiles"
            text = f"{kind} are only supported on cluster managers, not with the master {self.ctx.master}."
            raise engine_error({"message": text})
        self.has_resource_profile = True
        self._profile_of_resources = profile
        return self

    def getResourceProfile(self) -> "ResourceProfile | None":
        """The profile that `withResources` has set.

        >>> sc.range(5).getResourceProfile() is None
        True
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return rdd._profile_of_resources
