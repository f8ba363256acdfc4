"""Resource profiles: what the executors and tasks of a stage must have, where a cluster can provide it."""

import warnings
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pyspark.resource import ResourceProfile

    from firesteel.classic.rdd import RDD

T = TypeVar("T")


class Resources:
    """`withResources` and `getResourceProfile`."""

    _profile_of_resources: "ResourceProfile | None" = None

    def withResources(self: "RDD[T]", profile: "ResourceProfile") -> "RDD[T]":
        """Asks for executors with certain resources, which a cluster manager would start. On one machine it changes nothing."""
        self.has_resource_profile = True
        self._profile_of_resources = profile
        warnings.warn(
            f"The resource profile has no effect: the engine runs all tasks of {self.ctx.master} by itself, with the "
            "resources of this machine.",
            stacklevel=2,
        )
        return self

    def getResourceProfile(self) -> "ResourceProfile | None":
        """The profile that `withResources` has set.

        >>> sc.range(5).getResourceProfile() is None
        True
        """
        rdd: RDD[Any] = self  # type: ignore[assignment]
        return rdd._profile_of_resources
