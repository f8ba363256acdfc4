"""Resource profiles: what the executors and tasks of a stage must have, where a cluster can provide it."""

import os
from typing import TYPE_CHECKING, Any, TypeVar

from firesteel.classic.errors import engine_error

if TYPE_CHECKING:
    from pyspark.resource import ResourceProfile

    from firesteel.classic.rdd import RDD

T = TypeVar("T")

TESTING = "SPARK_TESTING"
"""The environment variable with which Apache Spark, too, leaves out the check whether there is a cluster."""


class Resources:
    """`withResources` and `getResourceProfile`."""

    _profile_of_resources: "ResourceProfile | None" = None

    def withResources(self: "RDD[T]", profile: "ResourceProfile") -> "RDD[T]":
        """Asks for executors with certain resources, which only a cluster manager can start: an error on one machine."""
        self.has_resource_profile = True
        self._profile_of_resources = profile
        if TESTING not in os.environ:
            kinds = "ResourceProfiles" if profile.executorResources else "TaskResourceProfiles"
            message = (
                f"{kinds} need a cluster manager that starts executors (YARN, Kubernetes or Standalone); the engine runs "
                f"all tasks of {self.ctx.master} by itself."
            )
            raise engine_error({"class": "org.apache.spark.SparkException", "message": message})
        return self

    def getResourceProfile(self) -> "ResourceProfile | None":
        """The profile that `withResources` has set.

        >>> sc.range(5).getResourceProfile() is None
        True
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return rdd._profile_of_resources
