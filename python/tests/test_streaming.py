"""Streaming queries whose functions and listeners are in this process."""

import sys
import threading
from typing import Any

import pytest
from pyspark.errors import PySparkAttributeError, StreamingQueryException
from pyspark.sql.streaming import StreamingQueryListener

WAIT_SECONDS = 60


@pytest.fixture
def numbers(spark: Any, tmp_path: Any) -> Any:
    """A stream of two batches, 0 to 2 and 3 to 5."""
    source = tmp_path / "source"
    source.mkdir()
    for first in (0, 3):
        (source / f"{first}.json").write_text("".join(f'{{"id": {id}}}\n' for id in range(first, first + 3)))
    return spark.readStream.schema("id LONG").option("maxFilesPerTrigger", 1).json(str(source))


def run_out(writer: Any, checkpoint: Any) -> Any:
    """Runs a query over all that there is."""
    query = writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()
    assert query.awaitTermination(WAIT_SECONDS)
    return query


def test_a_function_of_batches_sees_the_variables_of_the_script(spark: Any, numbers: Any, tmp_path: Any) -> None:
    seen: dict[int, list[int]] = {}

    def keep(batch: Any, batch_id: int) -> None:
        seen[batch_id] = sorted(row.id for row in batch.selectExpr("id * 10 AS id").collect())
        batch.createOrReplaceTempView("newest")
        assert batch.sparkSession.sql("SELECT count(*) FROM newest").first()[0] == 3

    run_out(numbers.writeStream.foreachBatch(keep), tmp_path / "checkpoint")
    assert sorted(seen.values()) == [[0, 10, 20], [30, 40, 50]] and sorted(seen) == [0, 1]


def test_what_a_function_of_batches_raises_ends_the_query(numbers: Any, tmp_path: Any) -> None:
    def fail(_batch: Any, batch_id: int) -> None:
        raise ValueError(f"batch {batch_id} is not wanted")

    with pytest.raises(StreamingQueryException, match="batch 0 is not wanted"):
        run_out(numbers.writeStream.foreachBatch(fail), tmp_path / "checkpoint")


def test_a_function_of_rows_gets_each_row_once(numbers: Any, tmp_path: Any) -> None:
    target = tmp_path / "seen"
    target.mkdir()

    def keep(row: Any) -> None:
        (target / str(row.id)).touch(exist_ok=False)

    run_out(numbers.writeStream.foreach(keep), tmp_path / "checkpoint")
    assert sorted(path.name for path in target.iterdir()) == ["0", "1", "2", "3", "4", "5"]


def test_a_writer_of_rows_is_opened_and_closed_for_each_partition(numbers: Any, tmp_path: Any) -> None:
    target = tmp_path / "calls"
    target.mkdir()

    class Writer:
        def open(self, partition: int, batch_id: int) -> bool:
            self.calls = [f"open {batch_id}"]
            self.name = f"{batch_id}-{partition}"
            return batch_id == 1

        def process(self, row: Any) -> None:
            self.calls.append(f"process {row.id}")

        def close(self, error: Exception | None) -> None:
            (target / self.name).write_text(", ".join([*self.calls, f"close {error}"]))

    run_out(numbers.writeStream.foreach(Writer()), tmp_path / "checkpoint")
    calls = {path.name: path.read_text() for path in target.iterdir()}
    first = {text for name, text in calls.items() if name.startswith("0-")}
    second = ", ".join(sorted(text for name, text in calls.items() if name.startswith("1-")))
    # Partitions without rows are not opened.
    assert first == {"open 0, close None"} and len(calls) <= 4
    assert second.count("process") == 3 and second.count("open 1") == second.count("close None") > 0
    with pytest.raises(PySparkAttributeError, match="process"):
        numbers.writeStream.foreach(object())


@pytest.mark.parametrize("how", ["raise ValueError('not this row')", "import os; os._exit(3)"])
def test_a_function_of_rows_that_fails_ends_the_query_and_not_the_engine(
    spark: Any, numbers: Any, tmp_path: Any, how: str
) -> None:
    def fail(_row: Any) -> None:
        exec(how)

    with pytest.raises(StreamingQueryException, match="not this row|exited unexpectedly"):
        run_out(numbers.writeStream.foreach(fail), tmp_path / "checkpoint")
    assert spark.range(3).count() == 3


def test_a_function_of_batches_that_exits_ends_the_query(spark: Any, numbers: Any, tmp_path: Any) -> None:
    def leave(_batch: Any, _batch_id: int) -> None:
        sys.exit(3)

    with pytest.raises(StreamingQueryException, match="SystemExit"):
        run_out(numbers.writeStream.foreachBatch(leave), tmp_path / "checkpoint")
    assert spark.range(3).count() == 3


def test_a_listener_hears_of_a_query_from_start_to_end(spark: Any, numbers: Any, tmp_path: Any) -> None:
    class Listener(StreamingQueryListener):
        def __init__(self) -> None:
            self.heard: list[str] = []
            self.rows = 0
            self.ended = threading.Event()

        def onQueryStarted(self, event: Any) -> None:
            self.heard.append(f"started {event.name}")

        def onQueryProgress(self, event: Any) -> None:
            self.heard.append("progress")
            self.rows += event.progress.numInputRows

        def onQueryIdle(self, event: Any) -> None:
            pass

        def onQueryTerminated(self, event: Any) -> None:
            self.heard.append(f"ended {event.exception}")
            self.ended.set()

    listener = Listener()
    spark.streams.addListener(listener)
    try:
        run_out(numbers.writeStream.queryName("heard").format("noop"), tmp_path / "checkpoint")
        assert listener.ended.wait(WAIT_SECONDS)
    finally:
        spark.streams.removeListener(listener)
    assert listener.heard[0] == "started heard" and listener.heard[-1] == "ended None"
    assert "progress" in listener.heard and listener.rows == 6
