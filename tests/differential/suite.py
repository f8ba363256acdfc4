"""The suite's list of cases: where they lie, what was recorded for them, and which are known gaps."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases"
GAPS = HERE / "gaps.txt"


@dataclass(frozen=True)
class Case:
    """One script and, beside it, the standard output that Apache Spark gave for it."""

    name: str

    @property
    def script(self) -> Path:
        return CASES / f"{self.name}.py"

    @property
    def recorded(self) -> Path:
        return CASES / f"{self.name}.out"

    @property
    def isolated(self) -> bool:
        """Whether the script needs a process and an engine of its own (header comment `# isolated`)."""
        return self._has_header("isolated")

    @property
    def connect(self) -> bool:
        """Whether it is recorded through Apache Spark's Connect server (header comment `# connect`).

        For what PySpark itself answers, and answers otherwise when it talks to a server: its own checks of
        arguments, types of values that it converts, the order of suggestions.
        """
        return self._has_header("connect")

    def _has_header(self, word: str) -> bool:
        return re.search(rf"^# {word}\b", self.script.read_text("utf-8"), re.M) is not None


def cases(pattern: str = "") -> list[Case]:
    """All cases whose name contains the pattern, or matches it where it has wildcards."""
    names = sorted(p.relative_to(CASES).with_suffix("").as_posix() for p in CASES.rglob("*.py"))
    if any(c in pattern for c in "*?["):
        names = [n for n in names if fnmatch(n, pattern)]
    else:
        names = [n for n in names if pattern in n]
    return [Case(n) for n in names]


def gaps() -> dict[str, str]:
    """Known gaps: case name to reason. Lines are `NAME reason`, `#` starts a comment line."""
    known: dict[str, str] = {}
    if GAPS.exists():
        for line in GAPS.read_text("utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                name, _, reason = line.strip().partition(" ")
                known[name] = reason.strip() or "no reason given"
    return known
