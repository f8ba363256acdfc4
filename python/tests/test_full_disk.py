"""A disk that is full: the query ends with an error, the engine lives, and once there is room nothing is lost or twice.

The disk is full for files that grow beyond a limit, which is set for the engine's process and can be taken away again.
"""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from firesteel import session as sessions
from firesteel.engine import BINARY, find_binary
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

FILE_BYTES_MAX = 50_000
ROWS = 20_000
WAIT_SECONDS = 60

# A write beyond the limit is to fail; the signal that comes with it would end the process.
WRAPPER = """#!{python}
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
os.execv({binary!r}, sys.argv)
"""


@pytest.fixture
def spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A session on an engine whose files cannot grow beyond the limit."""
    wrapper = tmp_path / "firesteel"
    wrapper.write_text(WRAPPER.format(python=sys.executable, limit=FILE_BYTES_MAX, binary=find_binary()))
    wrapper.chmod(0o755)
    monkeypatch.setenv(BINARY, str(wrapper))
    spark = SparkSession.builder.appName("tests").master("local[2]").getOrCreate()
    yield spark
    spark.stop()


@pytest.fixture
def numbers(spark: Any, tmp_path: Path) -> Any:
    """A stream of one batch that is larger than the limit wherever it is written."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "all.csv").write_text("".join(f"{number},{number * 7919 % 1_000_003}\n" for number in range(ROWS)))
    return spark.readStream.schema("id LONG, other LONG").csv(str(source))


def test_rows_and_state_are_complete_once_there_is_room(spark: Any, numbers: Any, tmp_path: Path) -> None:
    def to_files() -> Any:
        return numbers.writeStream.format("csv").option("path", str(tmp_path / "out"))

    def to_state() -> Any:
        counts = numbers.groupBy("id").count()
        return counts.writeStream.outputMode("complete").format("memory").queryName("counts")

    def run_out(writer: Any, name: str) -> None:
        query = writer.option("checkpointLocation", str(tmp_path / name)).trigger(availableNow=True).start()
        assert query.awaitTermination(WAIT_SECONDS)

    for writer, name, place in ((to_files(), "files", "/out/part-"), (to_state(), "state", "/state/")):
        with pytest.raises(StreamingQueryException, match=f"{place}.*File too large"):
            run_out(writer, name)
        assert spark.range(3).count() == 3

    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(sessions.running().engine._process.pid, resource.RLIMIT_FSIZE, unlimited)
    run_out(to_files(), "files")
    run_out(to_state(), "state")
    written = spark.read.schema("id LONG, other LONG").csv(str(tmp_path / "out"))
    assert (written.count(), written.distinct().count()) == (ROWS, ROWS)
    assert spark.table("counts").where("count = 1").count() == ROWS
