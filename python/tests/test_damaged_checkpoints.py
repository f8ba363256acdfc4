"""Damaged files of a checkpoint: the error names the file, the engine lives, and with the file back nothing is lost or twice."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException, StreamingQueryException
from pyspark.errors.exceptions.connect import SparkException, SparkRuntimeException
from pyspark.sql import SparkSession

WAIT_SECONDS = 60
FILES = {
    "metadata": "cp/metadata",
    "offsets": "cp/offsets/1",
    "commits": "cp/commits/1",
    "sources": "cp/sources/0/1",
}


def empty(content: bytes) -> bytes:
    """Nothing is left."""
    return b""


def cut(content: bytes) -> bytes:
    """The end is missing."""
    return content[: len(content) * 2 // 3]


def garbage(content: bytes) -> bytes:
    """Something else."""
    return b"garbage\nmore\n"


def newer(content: bytes) -> bytes:
    """A later version of the format."""
    return content.replace(b"v1", b"v99")


DAMAGES: list[Callable[[bytes], bytes]] = [empty, cut, garbage, newer]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A session for all tests of this file; that it is one says that the engine lives."""
    spark = SparkSession.builder.appName("tests").master("local[2]").getOrCreate()
    yield spark
    spark.stop()


def add(root: Path, number: int) -> None:
    """One more file for the stream."""
    (root / "in").mkdir(exist_ok=True)
    (root / "in" / f"{number}.csv").write_text(f"{number}\n")


def run_out(spark: Any, root: Path) -> Any:
    """Runs a query over the files to its end."""
    stream = spark.readStream.schema("id INT").csv(str(root / "in"))
    writer = stream.writeStream.format("csv").option("checkpointLocation", str(root / "cp"))
    query = writer.trigger(availableNow=True).start(str(root / "out"))
    assert query.awaitTermination(WAIT_SECONDS)
    return query


def rows_of(spark: Any, root: Path) -> list[int]:
    """What the sink holds."""
    return sorted(row.id for row in spark.read.schema("id INT").csv(str(root / "out")).collect())


@pytest.fixture
def used(spark: Any, tmp_path: Path) -> Path:
    """A query that has run two batches, and a file that it has not read."""
    for number in range(2):
        add(tmp_path, number)
        run_out(spark, tmp_path)
    add(tmp_path, 2)
    return tmp_path


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", FILES)
def test_the_file_is_named_and_brought_back_it_goes_on(
    spark: Any, used: Path, name: str, damage: Callable[[bytes], bytes]
) -> None:
    file = used / FILES[name]
    good = file.read_bytes()
    bad = damage(good)
    if bad == good:
        pytest.skip("this file has no version")
    file.write_bytes(bad)
    with pytest.raises(PySparkException) as raised:
        run_out(spark, used)
    expected = (SparkException, StreamingQueryException)
    assert isinstance(raised.value, expected), type(raised.value)
    assert FILES[name] in str(raised.value)
    file.write_bytes(good)
    run_out(spark, used)
    assert rows_of(spark, used) == [0, 1, 2]


def test_a_log_without_its_metadata_is_refused(spark: Any, used: Path) -> None:
    file = used / "cp/metadata"
    good = file.read_bytes()
    file.unlink()
    with pytest.raises(SparkRuntimeException, match="STREAMING_CHECKPOINT_MISSING_METADATA_FILE"):
        run_out(spark, used)
    file.write_bytes(good)
    run_out(spark, used)
    assert rows_of(spark, used) == [0, 1, 2]


@pytest.mark.parametrize("entry", [0, 1])
def test_a_lost_log_of_files_does_not_make_them_come_twice(spark: Any, used: Path, entry: int) -> None:
    file = used / "cp/sources/0" / str(entry)
    good = file.read_bytes()
    file.unlink()
    with pytest.raises(StreamingQueryException, match=f"batch {entry} doesn't exist"):
        run_out(spark, used)
    file.write_bytes(good)
    run_out(spark, used)
    assert rows_of(spark, used) == [0, 1, 2]


@pytest.mark.parametrize("damage", [empty, garbage, newer], ids=lambda damage: damage.__name__)
def test_a_damaged_log_of_a_sink_is_named_when_the_sink_is_read(
    spark: Any, used: Path, damage: Callable[[bytes], bytes]
) -> None:
    file = used / "out/_spark_metadata/1"
    good = file.read_bytes()
    file.write_bytes(damage(good))
    with pytest.raises(PySparkException, match="_spark_metadata/1"):
        rows_of(spark, used)
    file.write_bytes(good)
    assert rows_of(spark, used) == [0, 1]


def test_damaged_state_is_named_and_brought_back_it_goes_on(spark: Any, tmp_path: Path) -> None:
    def count() -> list[int]:
        stream = spark.readStream.schema("id INT").csv(str(tmp_path / "in")).groupBy("id").count()
        writer = stream.writeStream.outputMode("complete").foreachBatch(
            lambda batch, _: counts.update({row.id: row["count"] for row in batch.collect()})
        )
        query = writer.option("checkpointLocation", str(tmp_path / "cp")).trigger(availableNow=True).start()
        assert query.awaitTermination(WAIT_SECONDS)
        return sorted(counts)

    counts: dict[int, int] = {}
    add(tmp_path, 0)
    assert count() == [0]
    add(tmp_path, 1)
    files = [file for file in (tmp_path / "cp" / "state").rglob("*") if file.suffix in (".delta", ".snapshot")]
    content = {file: file.read_bytes() for file in files}
    assert content
    for file in files:
        file.write_bytes(content[file][:-5])
    with pytest.raises(StreamingQueryException, match="CANNOT_LOAD_STATE_STORE") as raised:
        count()
    assert any(file.name in str(raised.value) for file in files)
    for file in files:
        file.write_bytes(content[file])
    assert count() == [0, 1]
    assert set(counts.values()) == {1}


def test_a_checkpoint_where_no_client_reaches_is_refused_at_the_start(spark: Any) -> None:
    rates = spark.readStream.format("rate").load()
    with pytest.raises(SparkException, match=r"CANNOT_LOAD_CHECKPOINT_FILE_MANAGER.*s3a://bucket/cp") as raised:
        rates.writeStream.format("noop").option("checkpointLocation", "s3a://bucket/cp").start()
    assert raised.value.getSqlState() == "58030"
