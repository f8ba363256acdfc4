"""The sessions that cases run in: one engine, and for every case a fresh session on it.

A case calls `SparkSession.builder.getOrCreate()` like any script. Before it runs, a new session is made the
default, so that settings, temporary views, functions and streaming queries of one case are unknown to the
next. What sessions share (tables, databases, global views, caches) is removed between cases.
"""

import os
import sys

from pyspark.sql import SparkSession

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "4",
}

_finished: list = []


def start(work_dir: str, remote: str | None) -> SparkSession:
    """Start the engine of this process: Apache Spark's or ours, whichever `pyspark` this Python has."""
    builder = SparkSession.builder.appName("differential")
    builder = builder.remote(remote) if remote else builder.master("local[2]")
    settings = dict(SETTINGS)
    settings["spark.ui.enabled"] = "false"
    settings["spark.sql.warehouse.dir"] = os.path.join(work_dir, "warehouse")
    if has_jvm():
        settings["spark.driver.memory"] = "1g"
        settings["spark.ui.showConsoleProgress"] = "false"
        settings["spark.log.level"] = "ERROR"
        settings["spark.driver.extraJavaOptions"] = (
            "-Duser.timezone=UTC -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -XX:+UseSerialGC"
            f" -Djava.io.tmpdir={work_dir}"
        )
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def has_jvm() -> bool:
    """Whether this Python has Apache Spark itself (the full package, with its jars)."""
    import pyspark

    return os.path.isdir(os.path.join(os.path.dirname(pyspark.__file__), "jars"))


def is_classic(session) -> bool:
    return hasattr(session, "_jsparkSession")


def fresh(base):
    """A new session on the same engine, made the default one."""
    if is_classic(base):
        session = base.newSession()
        SparkSession._instantiatedSession = session
        SparkSession._activeSession = session
        module = getattr(getattr(base._jvm, "org.apache.spark.sql.classic.SparkSession$"), "MODULE$")
        module.setDefaultSession(session._jsparkSession)
        module.setActiveSession(session._jsparkSession)
    else:
        from pyspark.sql.connect.session import SparkSession as ConnectSession

        session = ConnectSession(connection=base.client._builder)
        ConnectSession._default_session = session
        ConnectSession._active_session.session = session
    for key, value in SETTINGS.items():
        session.conf.set(key, value)
    return session


def clean(base, session) -> None:
    """Stop what the case left running and remove what sessions share. Trouble here is told on standard error only."""
    for step in (_stop_queries, _drop_relations):
        try:
            step(session)
        except Exception as error:
            print(f"cleaning up: {step.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    if session is not base and not is_classic(session):
        _finished.append(session)
        if len(_finished) > 3:
            _release(_finished.pop(0))


def _release(session) -> None:
    """Give a session back, some cases late: the client still sends releases of its last executions in the background."""
    try:
        session.client.release_session()
    except Exception as error:
        print(f"releasing the session: {error}", file=sys.stderr)


def _stop_queries(session) -> None:
    for query in session.streams.active:
        query.stop()


def _drop_relations(session) -> None:
    session.catalog.setCurrentDatabase("default")
    session.catalog.clearCache()
    for table in session.catalog.listTables("global_temp"):
        if table.namespace == ["global_temp"]:
            session.catalog.dropGlobalTempView(table.name)
    for database in session.catalog.listDatabases():
        if database.name != "default":
            session.sql(f"DROP DATABASE `{database.name}` CASCADE")
    for table in session.catalog.listTables("default"):
        if not table.isTemporary:
            kind = "VIEW" if table.tableType == "VIEW" else "TABLE"
            session.sql(f"DROP {kind} IF EXISTS default.`{table.name}`")
