"""`pyspark.streaming`: DStreams. Not there yet: the classes exist so that scripts can import them."""

from typing import Any

from firesteel.classic import not_yet

__all__ = ["DStream", "StreamingContext", "StreamingListener"]


class StreamingContext:
    """The entry point of DStreams."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        not_yet("StreamingContext")


class DStream:
    """A stream of RDDs."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        not_yet("DStream")


class StreamingListener:
    """What is told of batches and receivers."""
