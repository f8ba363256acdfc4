"""What programs import from `py4j.java_gateway` and `py4j.clientserver`, where py4j is not installed.

The names are there, so that a module that mentions them for some of its functions can be imported; using one is an error
that says that there is no JVM.
"""

from typing import Any, NoReturn


def _no_jvm(name: str) -> NoReturn:
    from pyspark.errors import PySparkRuntimeError

    raise PySparkRuntimeError(
        f"py4j's {name} speaks to a JVM, and Firesteel has none: use the DataFrame or RDD API instead."
    )


class _Absent:
    """A class of py4j of which no object can be made."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        _no_jvm(type(self).__name__)


class JavaObject(_Absent):
    """A handle to an object in a JVM."""


class JavaGateway(_Absent):
    """A connection to a JVM."""


class GatewayParameters(_Absent):
    """The address of a JVM."""


class ClientServer(_Absent):
    """A connection to a JVM for both directions."""


class JavaParameters(_Absent):
    """The JVM's side of a connection."""


class PythonParameters(_Absent):
    """Python's side of a connection."""


def java_import(*_arguments: Any) -> None:
    """Makes Java's names known to a gateway."""
    _no_jvm("java_import")


def is_instance_of(*_arguments: Any) -> bool:
    """Asks a JVM for the class of one of its objects."""
    _no_jvm("is_instance_of")
