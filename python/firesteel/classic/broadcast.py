"""`pyspark.core.broadcast`: values shipped once to every worker. Not there yet."""

from typing import Any

from firesteel.classic import not_yet


class Broadcast:
    """A broadcast variable."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        not_yet("Broadcast")
