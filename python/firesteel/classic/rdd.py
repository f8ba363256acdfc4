"""`pyspark.core.rdd`: resilient distributed datasets. Not there yet: the classes exist so that scripts can import them."""

from typing import Any, Generic, TypeVar

from firesteel.classic import not_yet

T = TypeVar("T")


class RDD(Generic[T]):
    """An RDD."""

    def __getattr__(self, name: str) -> Any:
        not_yet(f"RDD.{name}")

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        not_yet("RDD")


class RDDBarrier:
    """An RDD in a barrier stage."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        not_yet("RDDBarrier")
