"""PySpark's own reference: the modules whose docstrings hold examples, and which of these are known gaps.

The examples come from the installed client, as its authors wrote them and with the names and options that each
module's own `_test` function gives them. A docstring is one example here: its lines depend on each other.
"""

import doctest
import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
GAPS = HERE / "gaps.txt"

PLAIN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ANY_DETAIL = PLAIN | doctest.IGNORE_EXCEPTION_DETAIL


@dataclass(frozen=True)
class Module:
    """A module of PySpark, and how its examples are run."""

    name: str
    options: int = PLAIN
    """The flags of `doctest` that its `_test` function sets."""
    prelude: str = ""
    """Statements run before its first example, over the module's names and `spark`, as its `_test` function does."""
    parts: int = 1
    """How many processes share its examples."""
    without: tuple[str, ...] = ()
    """What its `_test` function takes the docstring from: names under the module's."""

    def load(self) -> ModuleType:
        return importlib.import_module(self.name)


# Spark's own run of these examples has the functions of TIME on, which are off by default.
FUNCTIONS = """
sc = spark.sparkContext
spark.conf.set("spark.sql.timeType.enabled", "true")
"""

# Spark's own run of these examples builds sessions with PySpark's face.
SESSION = "from pyspark.sql import SparkSession"

# A new module is one line here.
MODULES = [
    Module("pyspark.sql.functions.builtin", prelude=FUNCTIONS, parts=2),
    Module("pyspark.sql.column"),
    Module("pyspark.sql.window"),
    Module("pyspark.sql.dataframe", ANY_DETAIL, parts=2),
    Module("pyspark.sql.types"),
    Module("pyspark.sql.udf"),
    Module("pyspark.sql.udtf"),
    Module("pyspark.sql.connect.catalog", ANY_DETAIL),
    Module("pyspark.sql.connect.conf", ANY_DETAIL),
    Module("pyspark.sql.connect.group"),
    Module("pyspark.sql.connect.observation", ANY_DETAIL),
    Module("pyspark.sql.connect.readwriter", ANY_DETAIL),
    Module(
        "pyspark.sql.connect.session",
        ANY_DETAIL,
        prelude=SESSION,
        without=("SparkSession", "SparkSession.Builder.master"),
    ),
    Module("pyspark.sql.connect.tvf", ANY_DETAIL),
]


def module(name: str) -> Module:
    return next(m for m in MODULES if m.name == name)


def examples(module: Module, globs: dict | None = None) -> list[doctest.DocTest]:
    """The module's docstrings that have examples, by name."""
    found = doctest.DocTestFinder().find(module.load(), module.name, globs=globs)
    left_out = {f"{module.name}.{name}" for name in module.without}
    return sorted((test for test in found if test.examples and test.name not in left_out), key=lambda test: test.name)


def names(module: Module) -> list[str]:
    return [test.name for test in examples(module)]


def gaps() -> dict[str, str]:
    """Known gaps: an example's name to the reason. Lines are `NAME reason`, `#` starts a comment line."""
    known: dict[str, str] = {}
    for line in GAPS.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.strip().partition(" ")
            known[name] = reason.strip() or "no reason given"
    return known
