"""Watches the imports of a Python process for `pyspark`; loaded by `firesteel-startup.pth` whenever Python starts.

Apache's `pyspark-client` has no `pyspark.core` and decides by its absence that it is the JVM-free client. So the hook
works in two steps:

1. Until `pyspark/__init__` has run, `pyspark.core` cannot be imported, and the client settles for Spark Connect.
2. Afterwards `pyspark.core`, `pyspark.streaming` and their older names are served from `firesteel.classic`, and the
   client's session is taught to start an engine of its own (`firesteel.session`).

Programs that catch classic PySpark's errors import them from `py4j.protocol`; where py4j is not installed, they get ours.

Where a whole PySpark with its JVM side is installed, the hook does nothing at all. It costs every Python process one
small module, so it imports nothing but what the interpreter has loaded already.
"""

import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLASSIC = {
    "pyspark.core": "firesteel.classic",
    "pyspark.core.broadcast": "firesteel.classic.broadcast",
    "pyspark.core.context": "firesteel.classic.context",
    "pyspark.core.files": "firesteel.classic.files",
    "pyspark.core.rdd": "firesteel.classic.rdd",
    "pyspark.core.status": "firesteel.classic.status",
    "pyspark.broadcast": "firesteel.classic.broadcast",
    "pyspark.context": "firesteel.classic.context",
    "pyspark.files": "firesteel.classic.files",
    "pyspark.rdd": "firesteel.classic.rdd",
    "pyspark.status": "firesteel.classic.status",
    "pyspark.streaming": "firesteel.classic.streaming",
    "pyspark.streaming.context": "firesteel.classic.streaming.context",
    "pyspark.streaming.dstream": "firesteel.classic.streaming.dstream",
    "pyspark.streaming.kinesis": "firesteel.classic.streaming.kinesis",
    "pyspark.streaming.listener": "firesteel.classic.streaming.listener",
    "pyspark.streaming.util": "firesteel.classic.streaming.output",
}
"""Modules of classic PySpark, and ours that stand in for them."""

PY4J = {
    "py4j": "firesteel.classic.errors",
    "py4j.protocol": "firesteel.classic.errors",
    "py4j.java_gateway": "firesteel.classic.py4j",
    "py4j.clientserver": "firesteel.classic.py4j",
}
"""Modules of py4j that programs import from, though they can do without a JVM: mostly the classes of errors."""

EXPORTS = {
    "SparkContext": "context",
    "RDD": "rdd",
    "RDDBarrier": "rdd",
    "SparkFiles": "files",
    "Broadcast": "broadcast",
    "StatusTracker": "status",
    "SparkJobInfo": "status",
    "SparkStageInfo": "status",
    "SparkExecutorInfo": "status",
    "SQLContext": "sql_context",
    "HiveContext": "sql_context",
}
"""What `pyspark` itself exports of them, and from where."""


class Alias:
    """A loader that hands out a module of ours under a second name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        module = __import__(self.name, fromlist=["*"])
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just replaced the module's own spec, which tells where its source is.
        module.__spec__ = self.spec


class Hook:
    """The meta-path finder."""

    def __init__(self) -> None:
        self.client_is_ready = False
        self.after: dict[str, Callable[[ModuleType], None]] = {
            "pyspark": self._client_loaded,
            "pyspark.conf": _teach("extend_conf"),
            "pyspark.sql": _teach("extend_sql"),
            "pyspark.sql.context": _teach("extend_sql_context"),
            "pyspark.sql.session": _teach("extend_builder"),
            "pyspark.util": _teach("extend_threads"),
            "pyspark.find_spark_home": _teach("extend_spark_home"),
            "pyspark.sql.connect.session": _teach("extend_session"),
            "pyspark.sql.connect.dataframe": _teach("extend_dataframe"),
            "pyspark.sql.connect.utils": _teach("extend_dependency_check"),
            "pyspark.sql.connect.streaming.readwriter": _teach("extend_stream_writer"),
        }

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Finds the modules that this hook has a part in; leaves all others to the finders after it."""
        if not name.startswith("py"):
            return None
        if name in PY4J and PathFinder.find_spec("py4j") is None:
            return ModuleSpec(name, Alias(PY4J[name]), is_package=name == "py4j")  # type: ignore[arg-type]
        if name in self.after:
            return self._watched(name, path, target)
        if name in CLASSIC:
            return self._classic(name)
        if name.startswith(("pyspark.core.", "pyspark.streaming.")) and name.count(".") == 2:
            return _beside(name)
        return None

    def _watched(self, name: str, path: "Sequence[str] | None", target: "ModuleType | None") -> "ModuleSpec | None":
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        if name == "pyspark" and PathFinder.find_spec("pyspark.core", spec.submodule_search_locations) is not None:
            sys.meta_path.remove(self)
            return None
        _run_after(spec.loader, self.after[name])
        return spec

    def _classic(self, name: str) -> "ModuleSpec | None":
        if not self.client_is_ready:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        package = name in ("pyspark.core", "pyspark.streaming")
        return ModuleSpec(name, Alias(CLASSIC[name]), is_package=package)  # type: ignore[arg-type]

    def _client_loaded(self, module: ModuleType) -> None:
        self.client_is_ready = True

        def missing(name: str) -> object:
            if name not in EXPORTS:
                raise AttributeError(f"module 'pyspark' has no attribute {name!r}")
            value = getattr(__import__(f"firesteel.classic.{EXPORTS[name]}", fromlist=["*"]), name)
            setattr(module, name, value)
            return value

        module.__getattr__ = missing  # type: ignore[method-assign]


def _beside(name: str) -> "ModuleSpec | None":
    """Finds what somebody has put into a directory of the client whose package is ours: `pyspark/streaming/tests`."""
    directory = name.split(".")[1]
    return PathFinder.find_spec(name, [f"{path}/{directory}" for path in sys.modules["pyspark"].__path__])


def _teach(what: str) -> "Callable[[ModuleType], None]":
    def teach(module: ModuleType) -> None:
        from firesteel import session

        getattr(session, what)(module)

    return teach


def _run_after(loader: object, action: "Callable[[ModuleType], None]") -> None:
    """Lets a loader, which belongs to one module alone, do something more once that module has run."""
    run = loader.exec_module  # type: ignore[attr-defined]

    def exec_module(module: ModuleType) -> None:
        run(module)
        action(module)

    loader.exec_module = exec_module  # type: ignore[attr-defined]


sys.meta_path.insert(0, Hook())
