"""The exceptions of classic PySpark: what a call into the engine raises.

There, every failed call comes back as `py4j.protocol.Py4JJavaError`, or, once a session exists, as the class of
`pyspark.errors` that fits. Programs catch either, so what is raised here is both. Where py4j is not installed, the
import hook offers these classes as `py4j.protocol`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.machinery import PathFinder
from typing import Any

from pyspark import errors as pyspark_errors
from pyspark.errors import PySparkException

if PathFinder.find_spec("py4j") is not None:
    from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError  # type: ignore[import-not-found]
else:

    class Py4JError(Exception):  # type: ignore[no-redef]
        """A call into the engine failed."""

    class Py4JJavaError(Py4JError):  # type: ignore[no-redef]
        """A call into the engine raised an exception."""

        def __init__(self, msg: str, java_exception: Any = None) -> None:
            super().__init__(msg)
            self.errmsg = msg
            self.java_exception = java_exception

    class Py4JNetworkError(Py4JError):  # type: ignore[no-redef]
        """The engine could not be reached."""


__all__ = ["EngineError", "JavaException", "Py4JError", "Py4JJavaError", "Py4JNetworkError", "engine_error"]


class JavaException:
    """What programs ask of the exception behind a `Py4JJavaError`: its class, its message, its text."""

    def __init__(self, class_name: str, message: str) -> None:
        self.class_name = class_name
        self.message = message

    def getClass(self) -> "JavaException":
        """The exception's class, which knows its name."""
        return self

    def getName(self) -> str:
        """The name of the exception's class."""
        return self.class_name

    def getSimpleName(self) -> str:
        """The name of the exception's class without its package."""
        return self.class_name.rpartition(".")[2]

    def getMessage(self) -> str:
        """The exception's message."""
        return self.message

    def toString(self) -> str:
        """The class and the message."""
        return f"{self.class_name}: {self.message}"

    __str__ = toString


class EngineError(Py4JJavaError):
    """An error of the engine. Its subclasses are also the classes of `pyspark.errors` with Spark's names."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        Exception.__init__(self, error.get("message", ""))
        self.errmsg = error.get("message", "")
        self.java_exception = JavaException(error.get("class", DEFAULT), self.errmsg)
        self._condition = error.get("condition")
        self._parameters = error.get("parameters") or {}
        self._state = error.get("sql_state")

    def __str__(self) -> str:
        return str(self.errmsg)

    def getCondition(self) -> "str | None":
        """The name of the error condition."""
        return self._condition

    getErrorClass = getCondition

    def getMessageParameters(self) -> "dict[str, str] | None":
        """What the condition's message is made with."""
        return self._parameters

    def getSqlState(self) -> "str | None":
        """The condition's SQLSTATE."""
        return self._state

    def getMessage(self) -> str:
        """The message."""
        return str(self.errmsg)

    def getQueryContext(self) -> list[Any]:
        """The places in a query: none."""
        return []


DEFAULT = "org.apache.spark.SparkException"


def engine_error(error: Mapping[str, Any]) -> EngineError:
    """The exception for an error of the engine: its `class` (Spark's Java name), `message`, `condition`, `parameters`."""
    name = error.get("class", DEFAULT).rpartition(".")[2]
    # Java's class and Spark's heir of it are one class in Python.
    plain = name.removeprefix("Spark")
    return _class_of(plain if hasattr(pyspark_errors, plain) else name)(error)


@cache
def _class_of(name: str) -> type[EngineError]:
    known = getattr(pyspark_errors, name, None)
    if isinstance(known, type) and issubclass(known, PySparkException):
        return type(name, (EngineError, known), {"__doc__": known.__doc__, "__module__": known.__module__})
    return EngineError
