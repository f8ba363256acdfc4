"""Threads that start with the local properties of the thread that starts them."""

import functools
from collections.abc import Callable
from typing import Any


def with_properties(target: Callable[..., Any]) -> Callable[..., Any]:
    """`target`, to be run with the local properties that this thread has now."""
    from firesteel.classic.context import SparkContext

    context = SparkContext._active_spark_context
    if context is None:
        return target
    properties = context._properties.copy()

    @functools.wraps(target)
    def run(*args: Any, **kwargs: Any) -> Any:
        context._properties.replace(properties)
        return target(*args, **kwargs)

    return run
