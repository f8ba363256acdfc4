"""`pyspark.core.context`: the application, from which RDDs, broadcast variables and accumulators are made.

There is one context in a process, on the driver's own engine; a session on a server elsewhere (`SPARK_REMOTE`) has a
context on that server. What it does with the engine goes through `firesteel.classic.service`.
"""

import getpass
import importlib
import io
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from pyspark import accumulators
from pyspark.accumulators import Accumulator
from pyspark.conf import SparkConf
from pyspark.errors import PySparkNotImplementedError, PySparkRuntimeError
from pyspark.profiler import BasicProfiler, MemoryProfiler, ProfilerCollector, UDFBasicProfiler
from pyspark.serializers import AutoBatchedSerializer, BatchedSerializer, CPickleSerializer, Serializer

from firesteel import session as sessions
from firesteel.classic.broadcast import Broadcast, BroadcastPickleRegistry
from firesteel.classic.control import JobControl
from firesteel.classic.files import AddedFiles, SparkFiles
from firesteel.classic.inputs import Inputs
from firesteel.classic.java import Jvm, NoJvm, SystemProperties, discover_resources
from firesteel.classic.lineage import Lineage
from firesteel.classic.properties import LocalProperties, call_site
from firesteel.classic.service import Service, StoppedService

if TYPE_CHECKING:
    from pyspark.accumulators import AccumulatorParam
    from pyspark.resource import ResourceInformation

    from firesteel.classic.rdd import RDD

LOG_LEVELS = ("ALL", "DEBUG", "ERROR", "WARN", "INFO", "OFF", "FATAL", "TRACE")

MASTERS = r"local|local\[(\d+|\*)(\s*,\s*\d+)?\]|local-cluster\[.*\]|(spark|k8s|mesos|sc)://.+|yarn.*"


class SparkContext(Inputs, JobControl):
    """The driver's application: one at a time."""

    _gateway: ClassVar[Any] = None
    _jvm: Any = None
    _next_accum_id: ClassVar[int] = 0
    _active_spark_context: "ClassVar[SparkContext | None]" = None
    _lock = threading.RLock()
    _python_includes: ClassVar[list[str]] = []

    PACKAGE_EXTENSIONS: Iterable[str] = (".zip", ".egg", ".jar")

    def __init__(
        self,
        master: "str | None" = None,
        appName: "str | None" = None,
        sparkHome: "str | None" = None,
        pyFiles: "list[str] | None" = None,
        environment: "dict[str, Any] | None" = None,
        batchSize: int = 0,
        serializer: Serializer = CPickleSerializer(),  # noqa: B008
        conf: "SparkConf | None" = None,
        gateway: Any = None,
        jsc: Any = None,
        profiler_cls: type[BasicProfiler] = BasicProfiler,
        udf_profiler_cls: type[UDFBasicProfiler] = UDFBasicProfiler,
        memory_profiler_cls: type[MemoryProfiler] = MemoryProfiler,
    ) -> None:
        if conf is None or (conf.get("spark.executor.allowSparkContext") or "").lower() != "true":
            SparkContext._assert_on_driver()
        if gateway is not None or jsc is not None:
            raise ValueError("You are trying to pass an insecure Py4j gateway to Spark; this engine has no JVM at all.")
        with SparkContext._lock:
            self._refuse_second()
            options = SystemProperties.settings() | (dict(conf.getAll()) if conf is not None else {})
            given = {"spark.master": master, "spark.app.name": appName, "spark.home": sparkHome}
            options.update({key: value for key, value in given.items() if value})
            options.update({f"spark.executorEnv.{key}": str(value) for key, value in (environment or {}).items()})
            _check_master(options.get("spark.master"))
            session = sessions.start(options)
            application = sessions.running()
            assert application is not None
            application.context = self
            self._bind(session, application)
            self._serialize_with(serializer, batchSize)
            self._profile_with(profiler_cls, udf_profiler_cls, memory_profiler_cls)
        for path in pyFiles or []:
            self.addPyFile(path)

    @classmethod
    def _of(cls, session: Any, application: "sessions.Application | None" = None) -> "SparkContext":
        """The context of a session's engine."""
        with cls._lock:
            owner = session if application is None else application
            context: SparkContext | None = vars(owner).get("context")
            if context is None:
                context = owner.context = cls.__new__(cls)
                context._bind(session if application is None else application.first_session, application)
                context._serialize_with(CPickleSerializer(), 0)
                context._profile_with(BasicProfiler, UDFBasicProfiler, MemoryProfiler)
            return context

    def _bind(self, session: Any, application: "sessions.Application | None") -> None:
        self._session = session
        self._application = application
        self._callsite = call_site()
        self._jvm, self._jsc = Jvm(self), NoJvm()
        self._service = Service(session)
        self._lineage = Lineage(self._service)
        self._properties = LocalProperties()
        self._pickled_broadcast_vars = BroadcastPickleRegistry()
        self._about: dict[str, Any] | None = None
        settings = self._about_engine["conf"] if application is None else application.settings
        self._conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
        self.master = settings["spark.master"]
        self.appName = settings["spark.app.name"]
        self.sparkHome = settings.get("spark.home")
        prefix = "spark.executorEnv."
        self.environment = {key[len(prefix) :]: value for key, value in settings.items() if key.startswith(prefix)}
        self.environment["PYTHONHASHSEED"] = os.environ.get("PYTHONHASHSEED", "0")
        self.pythonExec = settings.get("spark.pyspark.python", sys.executable)
        self.pythonVer = "%d.%d" % sys.version_info[:2]
        self._temp_dir = tempfile.mkdtemp(prefix="pyspark-", dir=settings.get("spark.local.dir"))
        user_files = os.path.join(self._temp_dir, "userFiles")
        os.mkdir(user_files)
        self._files = AddedFiles(session, user_files, settings)
        sys.path.insert(1, user_files)
        for name in ("pyspark.core.broadcast", "pyspark.core.files"):
            # Pickles refer to what is in these modules only if they are loaded under the names that workers know.
            importlib.import_module(name)
        SparkFiles._sc = self
        SparkContext._active_spark_context = self

    def _serialize_with(self, serializer: Serializer, batch_size: int) -> None:
        self._batchSize = batch_size
        self._unbatched_serializer = serializer
        self.serializer: Serializer = (
            AutoBatchedSerializer(serializer) if batch_size == 0 else BatchedSerializer(serializer, batch_size)
        )

    def _profile_with(self, *profilers: type) -> None:
        on = any(self._conf.get(f"spark.python.profile{part}") == "true" for part in ("", ".memory"))
        self.profiler_collector: ProfilerCollector | None = (
            ProfilerCollector(*profilers, self._conf.get("spark.python.profile.dump")) if on else None
        )

    def _refuse_second(self) -> None:
        if sessions.running() is None:
            return
        running = SparkContext.getOrCreate()
        raise ValueError(
            f"Cannot run multiple SparkContexts at once; existing SparkContext(app={running.appName}, "
            f"master={running.master}) created by {running._callsite} "
        )

    def __repr__(self) -> str:
        return f"<SparkContext master={self.master} appName={self.appName}>"

    def _repr_html_(self) -> str:
        return (
            f'<div><p><b>SparkContext</b></p><p><a href="{self.uiWebUrl}">Spark UI</a></p><dl>'
            f"<dt>Version</dt><dd><code>v{self.version}</code></dd><dt>Master</dt><dd><code>{self.master}</code></dd>"
            f"<dt>AppName</dt><dd><code>{self.appName}</code></dd></dl></div>"
        )

    def __getnewargs__(self) -> NoReturn:
        raise PySparkRuntimeError(errorClass="CONTEXT_ONLY_VALID_ON_DRIVER", messageParameters={})

    def __enter__(self) -> "SparkContext":
        return self

    def __exit__(
        self,
        _kind: "type[BaseException] | None",
        _error: "BaseException | None",
        _trace: "TracebackType | None",
    ) -> None:
        self.stop()

    @staticmethod
    def _assert_on_driver() -> None:
        sessions._refuse_in_worker()

    @classmethod
    def getOrCreate(cls, conf: "SparkConf | None" = None) -> "SparkContext":
        """The driver's context, or a new one with the settings of `conf`."""
        with cls._lock:
            application = sessions.running()
            if application is not None:
                return cls._of(application.first_session, application)
            return cls._active_spark_context or cls(conf=conf)

    @classmethod
    def setSystemProperty(cls, key: str, value: str) -> None:
        """Sets a property for contexts that are made from now on, where Spark would set one of Java's."""
        SystemProperties.values[key] = value

    @classmethod
    def getSystemProperty(cls, key: str) -> "str | None":
        """A property that `setSystemProperty` has set, or a setting that the application was started with."""
        application = sessions.running()
        started_with = {} if application is None else application.settings
        return SystemProperties.values.get(key, started_with.get(key))

    @property
    def _about_engine(self) -> dict[str, Any]:
        if self._about is None:
            own = self._application
            self._about = own.engine.ready if own is not None else self._service.call("context", {})[0]
        return self._about

    @property
    def applicationId(self) -> str:
        """The application's id."""
        return str(self._about_engine["application_id"])

    @property
    def startTime(self) -> int:
        """When the engine started, in milliseconds since 1970."""
        return int(self._about_engine["start_time_ms"])

    @property
    def version(self) -> str:
        """The version of Spark that the engine is compatible with."""
        return str(self._session.version)

    @property
    def uiWebUrl(self) -> "str | None":
        """The address of the web UI, if there is one."""
        url = self._about_engine.get("ui")
        return None if url is None else str(url)

    @property
    def defaultParallelism(self) -> int:
        """How many tasks run at once."""
        configured = self._conf.get("spark.default.parallelism")
        return int(configured) if configured else local_cores(self.master)

    @property
    def defaultMinPartitions(self) -> int:
        """How many partitions a file has at least."""
        return min(self.defaultParallelism, 2)

    @property
    def resources(self) -> "dict[str, ResourceInformation]":
        """The driver's resources, as its discovery scripts find them."""
        return discover_resources(self._conf)

    def sparkUser(self) -> str:
        """Who runs the application."""
        return os.environ.get("SPARK_USER") or getpass.getuser()

    def getConf(self) -> "SparkConf":
        """A copy of the application's settings."""
        conf = SparkConf(loadDefaults=False)
        conf.setAll([*self._conf.getAll(), ("spark.app.id", self.applicationId)])
        return conf

    def setLogLevel(self, logLevel: str) -> None:
        """Sets which log messages the engine writes."""
        from firesteel.classic.errors import engine_error

        level = logLevel.upper()
        if level not in LOG_LEVELS:
            levels = ",".join(LOG_LEVELS)
            text = f"The log level {logLevel} is unknown; it must be one of {levels}."
            raise engine_error({"class": "java.lang.IllegalArgumentException", "message": text})
        if self._application is None:
            feature = "SparkContext.setLogLevel on a server: set the level where the server is started"
            raise PySparkNotImplementedError(errorClass="NOT_IMPLEMENTED", messageParameters={"feature": feature})
        self._application.engine.send({"log_level": level})

    def accumulator(self, value: Any, accum_param: "AccumulatorParam[Any] | None" = None) -> "Accumulator[Any]":
        """A variable that tasks add to and the driver reads."""
        if accum_param is None:
            accum_param = _param_of(value)
        with SparkContext._lock:
            id = SparkContext._next_accum_id
            SparkContext._next_accum_id += 1
        application = sessions.application_of(self._session)
        if application is not None:
            # Functions of DataFrame queries send their updates this way, and need not run beside any RDD.
            application.callbacks(self._session).open()
        return Accumulator(id, value, accum_param)

    def broadcast(self, value: Any) -> "Broadcast[Any]":
        """A value that every worker gets once."""
        return Broadcast(self, value, self._pickled_broadcast_vars)

    def runJob(
        self,
        rdd: "RDD[Any]",
        partitionFunc: Callable[[Iterable[Any]], Iterable[Any]],
        partitions: "Sequence[int] | None" = None,
        allowLocal: bool = False,
    ) -> list[Any]:
        """Applies a function to partitions of an RDD and gives all that it gives."""
        mapped = rdd.mapPartitions(partitionFunc)
        streams = self._lineage.collect(mapped._jrdd, partitions, self._properties.for_job())
        load = mapped._jrdd_deserializer.load_stream
        return list(chain.from_iterable(load(io.BytesIO(stream)) for stream in streams))

    def addFile(self, path: str, recursive: bool = False) -> None:
        """Ships a file, or a directory with all that is in it, to the workers."""
        self._files.add(path, recursive)

    @property
    def listFiles(self) -> list[str]:
        """The added files."""
        return list(self._files.files)

    def addPyFile(self, path: str) -> None:
        """Ships a Python module or an archive of them to the workers."""
        self._files.add_python(path)

    def addArchive(self, path: str) -> None:
        """Ships an archive to the workers, where it is unpacked."""
        self._files.add_archive(path)

    @property
    def listArchives(self) -> list[str]:
        """The added archives."""
        return list(self._files.archives)

    def setCheckpointDir(self, dirName: str) -> None:
        """Sets where `RDD.checkpoint` and `DataFrame.checkpoint` write."""
        self._service.call("setCheckpointDir", {"path": dirName})

    def getCheckpointDir(self) -> "str | None":
        """The directory, of this application alone, where `RDD.checkpoint` writes."""
        path = self._service.call("getCheckpointDir", {})[0].get("path")
        return None if path is None else str(path)

    def show_profiles(self) -> None:
        """Prints the profiles of the functions that ran."""
        self._profiles().show_profiles()

    def dump_profiles(self, path: str) -> None:
        """Writes the profiles of the functions that ran into a directory."""
        self._profiles().dump_profiles(path)

    def _profiles(self) -> ProfilerCollector:
        if self.profiler_collector is None:
            raise PySparkRuntimeError(errorClass="INCORRECT_CONF_FOR_PROFILE", messageParameters={})
        return self.profiler_collector

    def stop(self) -> None:
        """Ends the application: its sessions, queries and engine."""
        self._session.stop()
        self._forget()

    def _forget(self) -> None:
        if SparkContext._active_spark_context is self:
            SparkContext._active_spark_context = None
            SparkFiles._sc = None
        self._service = self._lineage.service = StoppedService()
        shutil.rmtree(self._temp_dir, ignore_errors=True)


def _param_of(value: Any) -> "AccumulatorParam[Any]":
    if isinstance(value, int):
        return accumulators.INT_ACCUMULATOR_PARAM
    if isinstance(value, float):
        return accumulators.FLOAT_ACCUMULATOR_PARAM
    if isinstance(value, complex):
        return accumulators.COMPLEX_ACCUMULATOR_PARAM
    raise TypeError(f"No default accumulator param for type {type(value)}")


def _check_master(master: "str | None") -> None:
    from firesteel.classic.errors import engine_error

    if master is not None and not re.fullmatch(MASTERS, master):
        raise engine_error({"message": f"Could not parse Master URL: '{master}'"})


def local_cores(master: str) -> int:
    """How many tasks a master (`local`, `local[N]`, `local-cluster[...]`) runs at once; anything else is all cores."""
    if master == "local":
        return 1
    cluster = re.fullmatch(r"local-cluster\[\s*(\d+)\s*,\s*(\d+)\s*,\s*\d+\s*\]", master)
    if cluster:
        return int(cluster[1]) * int(cluster[2])
    match = re.fullmatch(r"local\[(\d+)(,\s*\d+)?\]", master)
    return int(match[1]) if match else os.cpu_count() or 1
