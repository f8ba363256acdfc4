"""What a worker needs of `pyspark.core`, which the JVM-free client lacks: broadcast variables and added files.

A broadcast variable is known by its id in pickled functions; the task's header says in which file its pickled value is.
The value is read at its first use, from a mapping of the file, and stays for the life of the worker process, so that many
tasks share it. Other modules below `pyspark.core` are left to whoever provides them.
"""

import importlib.machinery
import mmap
import os
import pickle
import sys
import types


class Broadcast:
    """A broadcast variable inside a task."""

    def __init__(self, path=None):
        self._path = path

    @property
    def value(self):
        """The value; unpickled when first asked for."""
        if not hasattr(self, "_value"):
            self._value = self.load_from_path(self._path)
        return self._value

    @staticmethod
    def load_from_path(path):
        """Unpickles the file at `path`."""
        from pyspark.util import disable_gc

        with open(path, "rb") as file, disable_gc():
            if os.fstat(file.fileno()).st_size == 0:
                raise EOFError(f"the broadcast file {path} is empty")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return pickle.loads(content)

    def unpersist(self, blocking=False):
        """Not for tasks."""
        raise _only_in_driver("unpersisted")

    def destroy(self, blocking=False):
        """Not for tasks."""
        raise _only_in_driver("destroyed")


def _only_in_driver(done):
    from pyspark.errors import PySparkRuntimeError

    return PySparkRuntimeError(errorClass="INVALID_BROADCAST_OPERATION", messageParameters={"operation": done})


_broadcastRegistry = {}


def _from_id(bid):
    """What a pickled broadcast variable becomes."""
    if bid not in _broadcastRegistry:
        raise RuntimeError("Broadcast variable '%s' not loaded!" % bid)
    return _broadcastRegistry[bid]


class SparkFiles:
    """Finds files that were added with `SparkContext.addFile`."""

    _root_directory = None
    _is_running_on_worker = False

    @classmethod
    def get(cls, filename):
        """The path of an added file."""
        return os.path.abspath(os.path.join(cls.getRootDirectory(), filename))

    @classmethod
    def getRootDirectory(cls):
        """The directory of added files."""
        return cls._root_directory


def _module(name, package=False, **content):
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=package)
    module.__dict__.update(content)
    sys.modules[name] = module
    return module


def install():
    """Puts the modules where pyspark's worker looks for them; a real pyspark.core stays."""
    import pyspark
    import pyspark.worker_util

    if importlib.machinery.PathFinder.find_spec("pyspark.core", pyspark.__path__) is not None:
        return
    for part in (Broadcast, SparkFiles, _from_id):
        part.__module__ = "pyspark.core.files" if part is SparkFiles else "pyspark.core.broadcast"
    broadcast = _module(
        "pyspark.core.broadcast",
        Broadcast=Broadcast,
        _broadcastRegistry=_broadcastRegistry,
        _from_id=_from_id,
    )
    files = _module("pyspark.core.files", SparkFiles=SparkFiles)
    core = sys.modules.get("pyspark.core") or _module("pyspark.core", package=True)
    if not hasattr(core, "__path__"):
        core.__path__ = []
    core.broadcast, core.files = broadcast, files
    pyspark.core, pyspark.broadcast, pyspark.files = core, broadcast, files
    pyspark.SparkFiles, pyspark.Broadcast = SparkFiles, Broadcast
    sys.modules["pyspark.broadcast"], sys.modules["pyspark.files"] = broadcast, files
    # Only for the code that reads a task's header; the rest of pyspark stays the client that it is.
    pyspark.worker_util.is_remote_only = lambda: False
