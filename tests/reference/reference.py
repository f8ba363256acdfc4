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

    def load(self) -> ModuleType:
        return importlib.import_module(self.name)


# Spark's own run of these examples has the functions of TIME on, which are off by default.
FUNCTIONS = """
sc = spark.sparkContext
spark.conf.set("spark.sql.timeType.enabled", "true")
"""

# A new module is one line here.
MODULES = [
    Module("pyspark.sql.functions.builtin", prelude=FUNCTIONS, parts=2),
    Module("pyspark.sql.column"),
    Module("pyspark.sql.window"),
]


def module(name: str) -> Module:
    return next(m for m in MODULES if m.name == name)


def examples(module: Module, globs: dict | None = None) -> list[doctest.DocTest]:
    """The module's docstrings that have examples, by name."""
    found = doctest.DocTestFinder().find(module.load(), module.name, globs=globs)
    return sorted((test for test in found if test.examples), key=lambda test: test.name)


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
