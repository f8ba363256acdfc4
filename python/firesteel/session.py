"""What Apache's client learns: sessions on an engine of the driver's own, with classic PySpark's life cycle.

With a remote address (`SPARK_REMOTE`, `.remote("sc://...")`) the client is left as it is. Without one,
`SparkSession.builder.getOrCreate()` starts an engine, and from then on the rules are those of classic PySpark: one
engine for the driver, `newSession` for more sessions on it, and `stop` of any of them ends the engine and them all.
"""

import atexit
import os
import sys
import threading
import weakref
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from firesteel import settings
from firesteel.engine import Engine
from firesteel.notebook import show_progress

_lock = threading.RLock()
_current: "Application | None" = None


class Application:
    """An engine and the sessions that this driver has on it."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.options = {key: value for key, value in options.items() if key != "spark.remote"}
        self.is_remote = len(self.options) < len(options)
        self.engine = Engine(settings.resolve(self.options))
        self.sessions: weakref.WeakSet[Any] = weakref.WeakSet()
        self.first_session: Any = None
        self.context: Any = None
        self._callbacks: dict[str, Any] = {}

    @property
    def settings(self) -> dict[str, str]:
        """The settings that the engine was started with."""
        return self.engine.settings

    def new_session(self, session_id: str | None = None) -> Any:
        """A session on the engine: a new one, or one that the engine has already."""
        from pyspark.sql.connect.session import SparkSession

        from firesteel.channel import EngineChannelBuilder, EngineRetryPolicy

        session: Any = SparkSession(EngineChannelBuilder(self.engine, session_id))
        session.client.set_retry_policies([EngineRetryPolicy(self.engine)])
        # The end of the engine releases everything at once.
        session.release_session_on_close = False
        self.sessions.add(session)
        show_progress(session, self.settings)
        return session

    def callbacks(self, session: Any) -> Any:
        """The stream through which the engine calls functions that stay in this process."""
        from firesteel.callbacks import Callbacks

        with _lock:
            callbacks = self._callbacks.get(session.session_id)
            if callbacks is None:
                callbacks = self._callbacks[session.session_id] = Callbacks(self, session)
            return callbacks

    def stop(self) -> None:
        """Closes all sessions and ends the engine."""
        global _current
        with _lock:
            if _current is self:
                _current = None
            if self.engine.driver_pid != os.getpid():
                return
            atexit.unregister(self.stop)
            if self.context is not None:
                self.context._forget()
            for callbacks in self._callbacks.values():
                callbacks.close()
            for session in list(self.sessions):
                if not session.is_stopped:
                    session.client.close()
            self.engine.stop()


def start(options: Mapping[str, str]) -> Any:
    """Starts an engine and gives its first session, which becomes the active and the default one."""
    global _current
    _refuse_in_worker()
    with _lock:
        _drop_dead_engine()
        application = Application(options)
        # While the engine starts, the client's own modules are imported, which takes longer.
        from pyspark.sql.connect.session import SparkSession

        try:
            session = application.first_session = application.new_session()
        except BaseException:
            application.engine.stop()
            raise
        # After the client's own handler in the order of registration, so before it in the order of running.
        atexit.register(application.stop)
        _current = application
        SparkSession._default_session = session
        SparkSession._active_session.session = session
        _ship_files(application.settings, session)
        return session


def get_or_create(options: Mapping[str, str]) -> Any:
    """The driver's session, with `options` applied to it, or a first one on a new engine."""
    with _lock:
        _drop_dead_engine()
        from_scratch = _current is None
        if from_scratch:
            return start(options)
        from pyspark.sql.connect.session import SparkSession

        changes: dict[str, Any] = {key: value for key, value in options.items() if key != "spark.remote"}
        return SparkSession.builder.config(map=changes).getOrCreate()


def running() -> Application | None:
    """The driver's engine with its sessions, if there is one."""
    with _lock:
        _drop_dead_engine()
        return _current


def application_of(session: Any) -> Application | None:
    """The application that a session belongs to, or `None` if it is a session on a server elsewhere."""
    from firesteel.channel import EngineChannelBuilder

    application = _current
    builder = session.client._builder
    if application is None or not isinstance(builder, EngineChannelBuilder):
        return None
    return application if builder.engine is application.engine else None


def _drop_dead_engine() -> None:
    """Forgets an engine that has ended by itself, so that the next session gets a new one."""
    if _current is not None and not _current.engine.is_running:
        _current.stop()


def _ship_files(given: Mapping[str, str], session: Any) -> None:
    """Sends the application's files to the engine, and puts its Python files on this process's path too."""

    def paths(name: str) -> list[str]:
        return [path.strip().removeprefix("file://") for path in given.get(name, "").split(",") if path.strip()]

    for path in paths("spark.submit.pyFiles"):
        searched = os.path.abspath(os.path.dirname(path) if path.endswith(".py") else path)
        if searched not in sys.path:
            sys.path.insert(1, searched)
            session.addArtifacts(path, pyfile=True)
    for path in paths("spark.files"):
        session.addArtifacts(path, file=True)
    for path in paths("spark.archives"):
        session.addArtifacts(path, archive=True)


def _refuse_in_worker() -> None:
    from pyspark import TaskContext
    from pyspark.errors import PySparkRuntimeError

    if TaskContext.get() is not None:
        raise PySparkRuntimeError(errorClass="CONTEXT_ONLY_VALID_ON_DRIVER", messageParameters={})


def _is_remote(options: Mapping[str, str]) -> bool:
    url = options.get("spark.remote", os.environ.get("SPARK_REMOTE"))
    return url is not None and not url.startswith("local")


def _local_options(options: Mapping[str, str]) -> dict[str, str]:
    """The builder's options; a remote of `local[2]` is Spark's way to ask for an engine of one's own, over Connect."""
    own = dict(options)
    remote = own.get("spark.remote", os.environ.get("SPARK_REMOTE"))
    if remote is not None:
        own["spark.master"] = own["spark.remote"] = remote
    return own


def extend_builder(module: ModuleType) -> None:
    """Lets `SparkSession.builder` of `pyspark.sql` start an engine where the client would ask for an address."""
    builder = module.SparkSession.Builder
    connect_get_or_create, connect_create = builder.getOrCreate, builder.create

    def getOrCreate(self: Any) -> Any:
        if _is_remote(self._options):
            return connect_get_or_create(self)
        return get_or_create(_local_options(self._options))

    def create(self: Any) -> Any:
        if _is_remote(self._options):
            return connect_create(self)
        with _lock:
            application = running()
            if application is None:
                return start(_local_options(self._options))
            session = application.new_session()
            changes = {key: value for key, value in _local_options(self._options).items() if key != "spark.remote"}
            session.conf._set_all(configs=changes, silent=True)
            return session

    def __new__(_class: type, sparkContext: Any, *_classic: Any, **_options: Any) -> Any:  # noqa: N807
        """`SparkSession(sc)`: the session of a context that a script made first."""
        if application_of(sparkContext._session) is None:
            raise RuntimeError("This SparkContext has been stopped.")
        return get_or_create({})

    _replace(builder, getOrCreate)
    _replace(builder, create)
    module.SparkSession.__new__ = __new__


def extend_conf(module: ModuleType) -> None:
    """Has a `SparkConf` print its settings sorted by their names, as one that lives in a JVM does."""

    def toDebugString(self: Any) -> str:
        return "\n".join(f"{key}={value}" for key, value in sorted(self.getAll()))

    _replace(module.SparkConf, toDebugString)


def extend_spark_home(module: ModuleType) -> None:
    """Lets programs that look for Spark's directory find ours where `SPARK_HOME` names none."""
    search = module._find_spark_home

    def _find_spark_home() -> str:
        home = os.environ.get("SPARK_HOME") or os.path.dirname(os.path.abspath(__file__))
        return home if os.path.isdir(home) else str(search())

    module._find_spark_home = _find_spark_home  # type: ignore[attr-defined]


def extend_sql(module: ModuleType) -> None:
    """Has `pyspark.sql.is_remote` tell programs whether RDDs and a context of their own are missing: on a server elsewhere.

    What the client's own modules are told by it stays as it is: that they speak Spark Connect.
    """
    connect_is_remote = module.is_remote

    def is_remote() -> bool:
        asks = sys._getframe(1).f_globals.get("__name__", "")
        if asks.startswith("pyspark.") and not asks.startswith("pyspark.testing") and ".tests." not in asks:
            return bool(connect_is_remote())
        application = running()
        if application is not None:
            return application.is_remote
        # A session that is not of an engine of our own is one on a server, also where only the builder named it.
        return _is_remote({}) or module.SparkSession.getActiveSession() is not None

    is_remote.__doc__ = connect_is_remote.__doc__
    module.is_remote = is_remote  # type: ignore[attr-defined]


def extend_sql_context(_module: ModuleType) -> None:
    """Gives `SQLContext` and `HiveContext` a session where classic PySpark has Java objects."""
    from firesteel.classic.sql_context import teach

    teach()


def extend_session(module: ModuleType) -> None:
    """Gives sessions what only classic sessions have: a context, DataFrames of RDDs, `newSession`, an end for all."""
    session_class = module.SparkSession
    connect_create = session_class.createDataFrame
    connect_stop = session_class.stop
    connect_getattr = session_class.__getattr__

    def sparkContext(self: Any) -> Any:
        from firesteel.classic.context import SparkContext

        return SparkContext._of(self, application_of(self))

    def createDataFrame(
        self: Any, data: Any, schema: Any = None, samplingRatio: float | None = None, verifySchema: bool | None = None
    ) -> Any:
        # Unless the module is loaded, nobody can have made an RDD.
        rdd = sys.modules.get("firesteel.classic.rdd")
        if rdd is None or not isinstance(data, rdd.RDD):
            return connect_create(self, data, schema, samplingRatio, verifySchema)
        from firesteel.classic.dataframes import frame_of

        return frame_of(self, data, schema, samplingRatio, verifySchema is not False)

    def newSession(self: Any) -> Any:
        application = application_of(self)
        if application is None:
            return connect_getattr(self, "newSession")()
        return application.new_session()

    def stop(self: Any) -> None:
        application = application_of(self)
        connect_stop(self)
        if application is not None:
            application.stop()
            session_class._default_session = None

    session_class.sparkContext = property(sparkContext)
    session_class.newSession = newSession
    _replace(session_class, createDataFrame)
    _replace(session_class, stop)


def extend_dataframe(module: ModuleType) -> None:
    """Gives DataFrames their rows as RDDs."""

    def rdd(self: Any) -> Any:
        from firesteel.classic.dataframes import rdd_of

        return rdd_of(self)

    rdd.__doc__ = "The rows as an RDD."
    module.DataFrame.rdd = property(rdd)


def extend_threads(module: ModuleType) -> None:
    """Lets threads inherit the local properties of classic contexts, beside the tags of the session they are given."""
    connect_target = module.inheritable_thread_target
    thread_class = module.InheritableThread

    def inheritable_thread_target(f: Any) -> Callable[..., Any]:
        from firesteel.classic.threads import with_properties

        if not callable(f):
            tagged = connect_target(f)
            return lambda target: with_properties(tagged(target))
        return with_properties(f)

    def __init__(self: Any, target: Callable[..., Any], *args: Any, session: Any = None, **kwargs: Any) -> None:  # noqa: N807
        self._session, self._target_of_user = session, target
        threading.Thread.__init__(self, None, target, *args, **kwargs)

    def start(self: Any) -> None:
        from firesteel.classic.threads import with_properties

        target = self._target_of_user
        if self._session is not None:
            target = connect_target(self._session)(target)
        self._target = with_properties(target)
        threading.Thread.start(self)

    inheritable_thread_target.__doc__ = connect_target.__doc__
    module.inheritable_thread_target = inheritable_thread_target  # type: ignore[attr-defined]
    thread_class.__init__ = __init__
    _replace(thread_class, start)


def extend_stream_writer(module: ModuleType) -> None:
    """Lets `foreachBatch` functions of sessions on an engine of our own run in this process, as in classic PySpark."""
    writer = module.DataStreamWriter
    connect_foreach_batch = writer.foreachBatch

    def foreachBatch(self: Any, func: Callable[[Any, int], None]) -> Any:
        application = application_of(self._session)
        if application is None:
            return connect_foreach_batch(self, func)
        function = self._write_proto.foreach_batch.python_function
        function.command = application.callbacks(self._session).keep(func)
        function.python_ver = module.get_python_ver()
        return self

    _replace(writer, foreachBatch)


def extend_dependency_check(module: ModuleType) -> None:
    """Lets programs come as `python -c` or on standard input, which the client takes for its own doctests."""
    requirements = [value for name, value in vars(module).items() if name.startswith("require_minimum_")]

    def check_dependencies() -> None:
        for requirement in requirements:
            requirement()

    module.check_dependencies = check_dependencies  # type: ignore[attr-defined]


def _replace(owner: type, function: Callable[..., Any]) -> None:
    """Puts a function in the place of the method of the same name, with its documentation."""
    function.__doc__ = getattr(owner, function.__name__).__doc__
    function.__qualname__ = f"{owner.__qualname__}.{function.__name__}"
    setattr(owner, function.__name__, function)
