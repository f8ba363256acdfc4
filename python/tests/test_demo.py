"""The demo gives what it gave on Apache Spark 4.2, also when it is killed on the way."""

import re
import signal
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "flight_delays.py"
RECORDED = Path(__file__).parent / "data" / "flight_delays_8_weeks.txt"
"""`outcome` of what the script printed with `--weeks 8 --pace 0` on Apache Spark 4.2.0."""

WEEK = re.compile(r"^\|(\d{4}-\d{2}-\d{2}) *\|([^|]+?) *\|([^|]+?) *\|([^|]+?) *\|([^|]+?) *\|$")


def outcome(output: str) -> str:
    """What does not depend on how the files fell into batches: the last word on each week, and the report."""
    weeks: dict[tuple[str, str], str] = {}
    for line in output.splitlines():
        found = WEEK.match(line)
        if found:
            weeks[found[1], found[2]] = ", ".join(found.groups())
    report = output[output.index("Finished days by airport") :]
    return "\n".join([*(weeks[key] for key in sorted(weeks)), report])


def arguments(directory: Path, pace: float = 0) -> list[str]:
    """The command."""
    return [sys.executable, str(SCRIPT), "--weeks", "8", "--pace", str(pace), "--dir", str(directory)]


def test_the_outcome_is_that_of_apache_spark(tmp_path: Path) -> None:
    done = subprocess.run(arguments(tmp_path / "flights"), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert outcome(done.stdout) == RECORDED.read_text()
    progress = done.stdout[done.stdout.index("Last progress") : done.stdout.index("Finished days")]
    assert '"name" : "by_day"' in progress or '"name": "by_day"' in progress


def test_killed_on_the_way_it_goes_on_where_it_was(tmp_path: Path) -> None:
    directory = tmp_path / "flights"
    for _ in range(2):
        with subprocess.Popen(arguments(directory, pace=0.3), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("Batch: "):
                    process.send_signal(signal.SIGKILL)
                    break
    done = subprocess.run(arguments(directory), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "Going on with" in done.stdout
    recorded = RECORDED.read_text()
    assert outcome(done.stdout).split("Finished days")[1] == recorded.split("Finished days")[1]


if __name__ == "__main__":
    print(outcome(sys.stdin.read()), end="")
