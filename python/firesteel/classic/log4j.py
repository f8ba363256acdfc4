"""`sc._jvm.org.apache.log4j`: the one corner of the JVM that so many programs use that it is here without one.

They set what is logged (`log4j.LogManager.getLogger("org").setLevel(log4j.Level.ERROR)`) and write to the same log as Spark.
The level of the root logger, and of `org` or `org.apache.spark` below it, is the engine's, as `SparkContext.setLogLevel`
sets it; any other logger's level decides what the program itself writes with that logger.
"""

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firesteel.classic.context import SparkContext

ORDER = ("ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF")

OF_ENGINE = ("", "org", "org.apache", "org.apache.spark")


class Level:
    """How important a message must be."""

    def __init__(self, name: str) -> None:
        self.name = name

    def toString(self) -> str:
        """Its name."""
        return self.name

    __str__ = toString

    def toInt(self) -> int:
        """Its place among the levels: the more important, the higher."""
        return ORDER.index(self.name)


class Levels:
    """`org.apache.log4j.Level`: a constant for each level."""

    def __init__(self) -> None:
        for name in ORDER:
            setattr(self, name, Level(name))

    def __getattr__(self, name: str) -> Level:
        raise AttributeError(f"There is no level {name} in log4j: {', '.join(ORDER)}.")

    def toLevel(self, name: str) -> Level:
        """A level by its name; `DEBUG` for what is none, as log4j has it."""
        return Level(name.upper() if name.upper() in ORDER else "DEBUG")


class Logger:
    """A logger by its name; the root logger's is empty."""

    def __init__(self, log: "Log4j", name: str) -> None:
        self._log = log
        self._name = name

    def getName(self) -> str:
        """The name."""
        return self._name or "root"

    def getLevel(self) -> Level:
        """The level that holds for it: its own, or that of the next logger above that has one."""
        name = self._name
        while name not in self._log.levels:
            name = name.rpartition(".")[0]
        return self._log.levels[name]

    getEffectiveLevel = getLevel

    def setLevel(self, level: Level) -> None:
        """Sets the level."""
        self._log.levels[self._name] = level
        if self._name in OF_ENGINE:
            self._log.context.setLogLevel(level.name)

    def isInfoEnabled(self) -> bool:
        """Whether messages of the level `INFO` are written."""
        return self._writes("INFO")

    def isDebugEnabled(self) -> bool:
        """Whether messages of the level `DEBUG` are written."""
        return self._writes("DEBUG")

    def trace(self, message: Any) -> None:
        """Writes a message of this level."""
        self._write("TRACE", message)

    def debug(self, message: Any) -> None:
        """Writes a message of this level."""
        self._write("DEBUG", message)

    def info(self, message: Any) -> None:
        """Writes a message of this level."""
        self._write("INFO", message)

    def warn(self, message: Any) -> None:
        """Writes a message of this level."""
        self._write("WARN", message)

    def error(self, message: Any) -> None:
        """Writes a message of this level."""
        self._write("ERROR", message)

    def fatal(self, message: Any) -> None:
        """Writes a message of this level."""
        self._write("FATAL", message)

    def _writes(self, level: str) -> bool:
        return ORDER.index(level) >= self.getLevel().toInt()

    def _write(self, level: str, message: Any) -> None:
        if self._writes(level):
            name = self.getName().rpartition(".")[2]
            print(f"{time.strftime('%y/%m/%d %H:%M:%S')} {level} {name}: {message}", file=sys.stderr, flush=True)


class LogManager:
    """`org.apache.log4j.LogManager`, and what `Logger` offers of the same."""

    def __init__(self, log: "Log4j") -> None:
        self._log = log

    def getRootLogger(self) -> Logger:
        """The logger above all others."""
        return Logger(self._log, "")

    def getLogger(self, name: str) -> Logger:
        """A logger by its name."""
        return Logger(self._log, name)


class Log4j:
    """`org.apache.log4j`."""

    def __init__(self, context: "SparkContext") -> None:
        self.context = context
        self.Level = Levels()
        self.levels = {"": self.Level.toLevel("WARN")}
        self.LogManager = self.Logger = LogManager(self)


class Package:
    """A Java package: a name on the way to a class."""

    def __init__(self, **members: Any) -> None:
        vars(self).update(members)

    def __getattr__(self, name: str) -> Any:
        from pyspark.errors import PySparkAttributeError

        raise PySparkAttributeError(errorClass="JVM_ATTRIBUTE_NOT_SUPPORTED", messageParameters={"attr_name": name})


def packages(context: "SparkContext") -> Package:
    """`org`, as `sc._jvm.org` shows it."""
    return Package(apache=Package(log4j=Log4j(context)))
