"""`pyspark.core.broadcast`: values that are shipped once to every worker.

The driver keeps the pickled value in a file of its own and sends it to the engine, which gives it to workers as a file: a
worker maps it when a function first asks for the value. Inside a pickled function a broadcast variable is its id.
"""

import os
import pickle
import threading
from collections.abc import Callable, Iterable, Iterator
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from pyspark.errors import PySparkRuntimeError
from pyspark.serializers import CloudPickleSerializer, pickle_protocol
from pyspark.util import disable_gc

if TYPE_CHECKING:
    from firesteel.classic.context import SparkContext

__all__ = ["Broadcast"]

T = TypeVar("T")

PART_BYTES = 1 << 20

_broadcastRegistry: "dict[int, Broadcast[Any]]" = {}
"""The variables that this process has been given as a worker, by id. Workers of the engine have a registry of their own."""


def _from_id(bid: int) -> "Broadcast[Any]":
    """What a pickled broadcast variable becomes."""
    if bid not in _broadcastRegistry:
        raise PySparkRuntimeError(errorClass="BROADCAST_VARIABLE_NOT_LOADED", messageParameters={"variable": str(bid)})
    return _broadcastRegistry[bid]


# Pickles name this function where workers look for it.
_from_id.__module__ = "pyspark.core.broadcast"


class Broadcast(Generic[T]):
    """A broadcast variable, made by `SparkContext.broadcast`; functions read its `value`."""

    def __init__(
        self,
        sc: "SparkContext | None" = None,
        value: "T | None" = None,
        pickle_registry: "BroadcastPickleRegistry | None" = None,
        path: "str | None" = None,
        sock_file: "BinaryIO | None" = None,
    ) -> None:
        self._sc = sc
        self._id: int | None = None
        self._destroyed = False
        self._pickle_registry = pickle_registry
        if sc is not None:
            with NamedTemporaryFile(delete=False, dir=sc._temp_dir) as file:
                self._path: str = file.name
                self.dump(value, file)  # type: ignore[arg-type]
            self._id = int(sc._service.upload("broadcast", {}, _parts_of(self._path))[0]["id"])
        elif sock_file is not None:
            self._value = self.load(sock_file)
        else:
            assert path is not None
            self._path = path

    def dump(self, value: T, f: Any) -> None:
        """Pickles a value into an open file, and closes it."""
        try:
            pickle.dump(value, f, pickle_protocol)
        except pickle.PickleError:
            raise
        except Exception as error:
            raise pickle.PicklingError(f"Could not serialize broadcast: {type(error).__name__}: {error}") from error
        f.close()

    def load_from_path(self, path: str) -> T:
        """Reads a pickled value from the file at `path`."""
        with open(path, "rb", PART_BYTES) as file:
            return self.load(file)

    def load(self, file: Any) -> T:
        """Reads a pickled value from an open file."""
        with disable_gc():
            value: T = pickle.load(file)
            return value

    @property
    def value(self) -> T:
        """The value."""
        if not hasattr(self, "_value"):
            self._value = self.load_from_path(self._path)
        return self._value

    def unpersist(self, blocking: bool = False) -> None:
        """Has the workers drop the value; they get it again when a function needs it."""
        self._of_driver("unpersisted")._service.call("unpersistBroadcast", {"id": self._id})

    def destroy(self, blocking: bool = False) -> None:
        """Drops the value for good."""
        self._of_driver("destroyed")._service.call("destroyBroadcast", {"id": self._id})
        self._destroyed = True
        os.unlink(self._path)

    def _of_driver(self, operation: str) -> "SparkContext":
        if self._sc is None:
            raise PySparkRuntimeError(
                errorClass="INVALID_BROADCAST_OPERATION", messageParameters={"operation": operation}
            )
        return self._sc

    def __reduce__(self) -> "tuple[Callable[[int], Broadcast[Any]], tuple[int]]":
        self._of_driver("serialized")
        assert self._pickle_registry is not None and self._id is not None
        # Unless the module that `_from_id` names is loaded, cloudpickle would pickle the function itself, registry and all.
        import pyspark.core.broadcast  # noqa: F401

        self._pickle_registry.add(self)
        return _from_id, (self._id,)


class BroadcastPickleRegistry(threading.local):
    """The variables that this thread has met while it pickled a function."""

    def __init__(self) -> None:
        self._registry: set[Broadcast[Any]] = set()

    def __iter__(self) -> "Iterator[Broadcast[Any]]":
        yield from self._registry

    def add(self, broadcast: "Broadcast[Any]") -> None:
        """Notes a variable."""
        self._registry.add(broadcast)

    def clear(self) -> None:
        """Forgets them all."""
        self._registry.clear()


def pickle_command(context: "SparkContext", command: Any) -> "tuple[bytes, list[Broadcast[Any]]]":
    """Pickles what a worker is to run; and the broadcast variables that it refers to."""
    registry = context._pickled_broadcast_vars
    registry.clear()
    try:
        return CloudPickleSerializer().dumps(command), list(registry)
    finally:
        registry.clear()


def _parts_of(path: str) -> Iterable[bytes]:
    with open(path, "rb") as file:
        yield from iter(lambda: file.read(PART_BYTES), b"")
