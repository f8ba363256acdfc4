"""`SQLContext` and `HiveContext`, the entry points of Spark 1: Apache's own classes on a session without a JVM.

Most of their methods ask the session, which is here too. What they would ask of Java objects is asked of it instead.
"""

import warnings
from typing import Any

from pyspark.sql.context import HiveContext, SQLContext

from firesteel.session import application_of, get_or_create

__all__ = ["HiveContext", "SQLContext", "teach"]


def _init(self: Any, sparkContext: Any, sparkSession: Any = None, jsqlContext: Any = None) -> None:
    if sparkSession is None:
        warnings.warn(
            "Deprecated in 3.0.0. Use SparkSession.builder.getOrCreate() instead.", FutureWarning, stacklevel=2
        )
    self._sc, self._jsc, self._jvm = sparkContext, sparkContext._jsc, sparkContext._jvm
    self._jsqlContext = jsqlContext
    self.sparkSession = get_or_create({}) if sparkSession is None else sparkSession
    if _running(SQLContext) is None:
        SQLContext._instantiatedContext = self


def _init_hive(self: Any, sparkContext: Any, sparkSession: Any = None, jhiveContext: Any = None) -> None:
    warnings.warn(
        "HiveContext is deprecated in Spark 2.0.0. Please use "
        "SparkSession.builder.enableHiveSupport().getOrCreate() instead.",
        FutureWarning,
        stacklevel=2,
    )
    _init(self, sparkContext, sparkSession or get_or_create({}), jhiveContext)


def _get_or_create(cls: Any, sc: Any, **static_conf: Any) -> Any:
    if _running(cls) is None:
        cls(sc, get_or_create(static_conf))
    return _running(cls)


def _running(cls: Any) -> Any:
    """The context of this driver, unless its engine has been stopped."""
    context = cls._instantiatedContext
    return context if context is not None and application_of(context.sparkSession) is not None else None


def _tables(self: Any, dbName: str | None = None) -> Any:
    if dbName is None:
        return self.sparkSession.sql("SHOW TABLES")
    return self.sparkSession.sql("SHOW TABLES IN IDENTIFIER(:database)", args={"database": dbName})


def _table_names(self: Any, dbName: str | None = None) -> list[str]:
    return [row.tableName for row in self.tables(dbName).collect()]


def teach() -> None:
    """Puts these in the place of the methods that need a JVM."""
    own: dict[str, Any] = {
        "__init__": _init,
        "_get_or_create": classmethod(_get_or_create),
        "tables": _tables,
        "tableNames": _table_names,
        "cacheTable": lambda self, tableName: self.sparkSession.catalog.cacheTable(tableName),
        "uncacheTable": lambda self, tableName: self.sparkSession.catalog.uncacheTable(tableName),
        "clearCache": lambda self: self.sparkSession.catalog.clearCache(),
        "read": property(lambda self: self.sparkSession.read),
        "readStream": property(lambda self: self.sparkSession.readStream),
        "streams": property(lambda self: self.sparkSession.streams),
    }
    for name, function in own.items():
        target = getattr(function, "fget", None) or getattr(function, "__func__", None) or function
        target.__doc__ = getattr(SQLContext, name).__doc__
        setattr(SQLContext, name, function)
    HiveContext.__init__ = _init_hive
    HiveContext.refreshTable = lambda self, tableName: self.sparkSession.catalog.refreshTable(tableName)
