"""`pyspark.core.context`: the context of the driver's own engine.

It has what describes and steers the application. RDDs, broadcast variables and accumulators are not there yet: those
methods raise `PySparkNotImplementedError`.
"""

import getpass
import os
import re
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from firesteel import session as sessions

if TYPE_CHECKING:
    from pyspark.conf import SparkConf

LOG_LEVELS = ("ALL", "DEBUG", "ERROR", "FATAL", "INFO", "OFF", "TRACE", "WARN")

NOT_YET = frozenset(
    """
    accumulator addArchive addJobTag binaryFiles binaryRecords broadcast cancelAllJobs cancelJobGroup cancelJobsWithTag
    clearJobTags dump_profiles emptyRDD getJobTags getLocalProperty hadoopFile hadoopRDD listArchives listFiles
    newAPIHadoopFile newAPIHadoopRDD parallelize pickleFile range removeJobTag runJob sequenceFile setInterruptOnCancel
    setJobDescription setJobGroup setLocalProperty show_profiles statusTracker textFile union wholeTextFiles
    """.split()
)


class SparkContext:
    """The driver's application: one at a time."""

    _active_spark_context: "SparkContext | None" = None
    _lock = threading.RLock()

    PACKAGE_EXTENSIONS = (".zip", ".egg", ".jar")

    def __init__(
        self,
        master: str | None = None,
        appName: str | None = None,
        sparkHome: str | None = None,
        pyFiles: "list[str] | None" = None,
        environment: "dict[str, Any] | None" = None,
        batchSize: int = 0,
        serializer: Any = None,
        conf: "SparkConf | None" = None,
        **_classic: Any,
    ) -> None:
        if sessions.running() is not None:
            raise ValueError(
                "Cannot run multiple SparkContexts at once; stop the running one, or use SparkContext.getOrCreate."
            )
        options = dict(conf.getAll()) if conf is not None else {}
        given = {"spark.master": master, "spark.app.name": appName, "spark.home": sparkHome}
        options.update({key: value for key, value in given.items() if value is not None})
        options.update({f"spark.executorEnv.{key}": str(value) for key, value in (environment or {}).items()})
        sessions.start(options)
        application = sessions.running()
        assert application is not None
        application.context = self
        self._bind(application)
        for path in pyFiles or []:
            self.addPyFile(path)

    @classmethod
    def _of(cls, application: sessions.Application) -> "SparkContext":
        """The context of an engine that a session's builder started."""
        with cls._lock:
            if application.context is None:
                context = cls.__new__(cls)
                context._bind(application)
                application.context = context
            return application.context

    def _bind(self, application: sessions.Application) -> None:
        self._application = application
        self._session = application.first_session
        settings = application.settings
        self.master = settings["spark.master"]
        self.appName = settings["spark.app.name"]
        self.sparkHome = settings.get("spark.home")
        self.environment = {
            key.removeprefix("spark.executorEnv."): value
            for key, value in settings.items()
            if key.startswith("spark.executorEnv.")
        }
        self.pythonExec = settings["spark.pyspark.python"]
        self.pythonVer = "%d.%d" % sys.version_info[:2]
        SparkContext._active_spark_context = self

    def __repr__(self) -> str:
        return f"<SparkContext master={self.master} appName={self.appName}>"

    def __getattr__(self, name: str) -> NoReturn:
        if name in NOT_YET:
            from firesteel.classic import not_yet

            not_yet(f"SparkContext.{name}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __getnewargs__(self) -> NoReturn:
        from pyspark.errors import PySparkRuntimeError

        raise PySparkRuntimeError(errorClass="CONTEXT_ONLY_VALID_ON_DRIVER", messageParameters={})

    def __enter__(self) -> "SparkContext":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @classmethod
    def getOrCreate(cls, conf: "SparkConf | None" = None) -> "SparkContext":
        """The driver's context, or a new one with the settings of `conf`."""
        with cls._lock:
            application = sessions.running()
            return cls(conf=conf) if application is None else cls._of(application)

    @property
    def applicationId(self) -> str:
        """The application's id."""
        return str(self._application.engine.ready["application_id"])

    @property
    def startTime(self) -> int:
        """When the engine started, in milliseconds since 1970."""
        return int(self._application.engine.ready["start_time_ms"])

    @property
    def version(self) -> str:
        """The version of Spark that the engine is compatible with."""
        return str(self._session.version)

    @property
    def uiWebUrl(self) -> str | None:
        """The address of the web UI, if there is one."""
        url = self._application.engine.ready.get("ui")
        return None if url is None else str(url)

    @property
    def defaultParallelism(self) -> int:
        """How many tasks run at once."""
        configured = self._application.settings.get("spark.default.parallelism")
        return int(configured) if configured else local_cores(self.master)

    @property
    def defaultMinPartitions(self) -> int:
        """How many partitions a file has at least."""
        return min(self.defaultParallelism, 2)

    def sparkUser(self) -> str:
        """Who runs the application."""
        return os.environ.get("SPARK_USER") or getpass.getuser()

    def getConf(self) -> "SparkConf":
        """A copy of the application's settings."""
        from pyspark.conf import SparkConf

        conf = SparkConf(loadDefaults=False)
        conf.setAll([*self._application.settings.items(), ("spark.app.id", self.applicationId)])
        return conf

    def setLogLevel(self, logLevel: str) -> None:
        """Sets which log messages the engine writes."""
        from pyspark.errors import IllegalArgumentException

        level = logLevel.upper()
        if level not in LOG_LEVELS:
            levels = ",".join(LOG_LEVELS)
            raise IllegalArgumentException(f"The log level {logLevel} is unknown; it must be one of {levels}.")
        self._application.engine.send({"log_level": level})

    def addFile(self, path: str, recursive: bool = False) -> None:
        """Ships a file to the workers."""
        if recursive:
            from firesteel.classic import not_yet

            not_yet("SparkContext.addFile(recursive=True)")
        self._session.addArtifacts(path.removeprefix("file:"), file=True)

    def addPyFile(self, path: str) -> None:
        """Ships a Python module or an archive of them to the workers."""
        self._session.addArtifacts(path.removeprefix("file:"), pyfile=True)

    def setCheckpointDir(self, dirName: str) -> None:
        """Sets where `DataFrame.checkpoint` writes."""
        self._session.conf.set("spark.checkpoint.dir", dirName)

    def getCheckpointDir(self) -> str | None:
        """Where `DataFrame.checkpoint` writes."""
        value = self._session.conf.get("spark.checkpoint.dir", None)
        return None if value is None else str(value)

    def stop(self) -> None:
        """Ends the application: its sessions, queries and engine."""
        self._session.stop()

    def _forget(self) -> None:
        if SparkContext._active_spark_context is self:
            SparkContext._active_spark_context = None


def local_cores(master: str) -> int:
    """How many tasks a master of `local`, `local[N]` or `local[*]` runs at once; anything else is all cores."""
    if master == "local":
        return 1
    match = re.fullmatch(r"local\[(\d+)(,\s*\d+)?\]", master)
    return int(match[1]) if match else os.cpu_count() or 1
