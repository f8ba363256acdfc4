"""Bad input to streaming queries: what ends a query, what its exception says, and that the engine lives on."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from firesteel.engine import find_binary
from pyspark.errors import AnalysisException, StreamingQueryException
from pyspark.sql import functions as F

WAIT_SECONDS = 60


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A directory with one file of two rows."""
    directory = tmp_path / "in"
    directory.mkdir()
    (directory / "a.csv").write_text("1\n2\n")
    return directory


def run_out(writer: Any, checkpoint: Path) -> Any:
    """Runs a query over all that there is."""
    query = writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()
    assert query.awaitTermination(WAIT_SECONDS)
    return query


def failure(writer: Any, checkpoint: Path) -> str:
    """What `query.exception()` says of a query that fails."""
    query = writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()
    with pytest.raises(StreamingQueryException) as raised:
        query.awaitTermination(WAIT_SECONDS)
    assert raised.value.getCondition() == "STREAM_FAILED" and query.id in str(raised.value)
    assert not query.isActive
    text = str(query.exception())
    assert f"id = {query.id}" in text and f"runId = {query.runId}" in text
    return text


def lives(spark: Any) -> None:
    """The engine answers."""
    assert spark.range(3).count() == 3


@pytest.mark.parametrize("kind", ["missing", "dangling link"])
def test_a_source_directory_that_is_not_there_is_refused_at_the_start(spark: Any, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "nowhere"
    if kind == "dangling link":
        path.symlink_to(tmp_path / "gone")
    with pytest.raises(AnalysisException, match=re.escape(str(path))) as raised:
        _ = spark.readStream.schema("id INT").csv(str(path)).schema
    assert raised.value.getCondition() == "PATH_NOT_FOUND"


def test_a_dangling_link_among_the_files_is_passed_over(spark: Any, source: Path, tmp_path: Path) -> None:
    (source / "link.csv").symlink_to(tmp_path / "gone")
    query = run_out(spark.readStream.schema("id INT").csv(str(source)).writeStream.format("noop"), tmp_path / "cp")
    assert query.lastProgress["numInputRows"] == 2


def test_a_query_waits_for_a_directory_that_goes_away(spark: Any, source: Path, tmp_path: Path) -> None:
    stream = spark.readStream.schema("id INT").csv(str(source))
    query = stream.writeStream.format("noop").option("checkpointLocation", str(tmp_path / "cp")).start()
    query.processAllAvailable()
    shutil.rmtree(source)
    query.processAllAvailable()
    assert query.isActive
    source.mkdir()
    (source / "b.csv").write_text("3\n")
    query.processAllAvailable()
    assert sum(progress["numInputRows"] for progress in query.recentProgress) == 3
    query.stop()


# What takes from root the right to read what is closed to it.
OBEY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may read everything")
@pytest.mark.parametrize(
    ("closed", "error"), [("a.csv", "StreamingQueryException"), ("", "SparkException")], ids=["file", "directory"]
)
def test_what_may_not_be_read_is_named(closed: str, error: str) -> None:
    command = [*(OBEY if os.geteuid() == 0 else []), sys.executable]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "in").mkdir()
        (place / "in/a.csv").write_text("1\n")
        (place / "in" / closed).chmod(0)
        script = place / "script.py"
        script.write_text(f"""
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").getOrCreate()
writer = spark.readStream.schema("id INT").csv("{place}/in").writeStream.format("noop")
try:
    writer.option("checkpointLocation", "{place}/cp").trigger(availableNow=True).start().awaitTermination(60)
except Exception as error:
    print(type(error).__name__, "{place / "in" / closed}" in str(error), "ermission denied" in str(error))
print(spark.range(3).count())
""")
        try:
            done = subprocess.run([*command, script], capture_output=True, text=True, cwd=name, timeout=WAIT_SECONDS)
        finally:
            (place / "in" / closed).chmod(0o700)
    assert done.stdout.split() == [error, "True", "True", "3"], done.stdout + done.stderr


MALFORMED = {"csv": "1,x\n", "json": '{"id": 1\n', "parquet": "this is no parquet"}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_named_and_without_it_the_query_goes_on(spark: Any, tmp_path: Path, name: str) -> None:
    directory = tmp_path / "in"
    directory.mkdir()
    file = directory / f"bad.{name}"
    file.write_text(MALFORMED[name])
    stream = spark.readStream.format(name).schema("id INT, other INT").option("mode", "FAILFAST").load(str(directory))
    text = failure(stream.writeStream.format("noop"), tmp_path / "cp")
    assert "FAILED_READ_FILE" in text and str(file) in text
    lives(spark)
    file.unlink()
    spark.range(3).selectExpr("CAST(id AS INT) AS id", "1 AS other").write.format(name).mode("append").save(
        str(directory)
    )
    assert run_out(stream.writeStream.format("noop"), tmp_path / "cp").exception() is None


@pytest.mark.parametrize(("schema", "message"), [("id INT", "`id`"), ("id STRING, more STRING", "single column")])
def test_a_schema_that_a_format_cannot_have_is_told(
    spark: Any, source: Path, tmp_path: Path, schema: str, message: str
) -> None:
    stream = spark.readStream.schema(schema).text(str(source))
    assert message in failure(stream.writeStream.format("noop"), tmp_path / "cp")
    lives(spark)


def test_a_value_of_another_type_is_null_or_refused_as_the_mode_says(spark: Any, source: Path, tmp_path: Path) -> None:
    (source / "a.csv").write_text("1\nmany\n")
    rows: list[Any] = []
    lenient = spark.readStream.schema("id INT").csv(str(source))
    run_out(lenient.writeStream.foreachBatch(lambda batch, _: rows.extend(batch.collect())), tmp_path / "lenient")
    assert sorted(str(row.id) for row in rows) == ["1", "None"]
    strict = spark.readStream.schema("id INT").option("mode", "FAILFAST").csv(str(source))
    text = failure(strict.writeStream.format("noop"), tmp_path / "strict")
    assert "MALFORMED_RECORD_IN_PARSING" in text and "many" in text and "a.csv" in text


@pytest.mark.parametrize("place", ["UDF", "foreach", "foreachBatch"])
def test_what_a_function_raises_is_told_with_its_line_and_a_restart_goes_on(
    spark: Any, source: Path, tmp_path: Path, place: str
) -> None:
    fixed = tmp_path / "fixed"

    def check(value: Any) -> Any:
        if not fixed.exists():
            raise ValueError("not yet")
        return value

    def writer() -> Any:
        stream = spark.readStream.schema("id INT").csv(str(source))
        if place == "UDF":
            return stream.select(F.udf(check)("id")).writeStream.format("noop")
        if place == "foreach":
            return stream.writeStream.foreach(check)
        return stream.writeStream.foreachBatch(lambda batch, _: check(batch))

    text = failure(writer(), tmp_path / "cp")
    assert "ValueError: not yet" in text and Path(__file__).name in text and "in check" in text
    assert re.search(r"line \d+, in check", text)
    lives(spark)
    fixed.touch()
    assert run_out(writer(), tmp_path / "cp").lastProgress["numInputRows"] == 2


@pytest.mark.parametrize("place", ["UDF", "foreach"])
def test_a_worker_that_a_function_ends_ends_the_query_and_a_restart_goes_on(
    spark: Any, source: Path, tmp_path: Path, place: str
) -> None:
    fixed = tmp_path / "fixed"

    def leave(value: Any) -> Any:
        if not fixed.exists():
            os._exit(3)
        return value

    def writer() -> Any:
        stream = spark.readStream.schema("id INT").csv(str(source))
        if place == "UDF":
            return stream.select(F.udf(leave)("id")).writeStream.format("noop")
        return stream.writeStream.foreach(leave)

    text = failure(writer(), tmp_path / "cp")
    assert "Python worker" in text and "exit status 3" in text
    lives(spark)
    fixed.touch()
    assert run_out(writer(), tmp_path / "cp").lastProgress["numInputRows"] == 2


def test_a_server_names_the_port_that_is_taken(run: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run(find_binary(), "server", "--bind", address, "--no-token", status=1)
    assert address in done.stderr and "in use" in done.stderr


def test_a_web_ui_whose_port_is_taken_has_the_next_one(python: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("""
import socket
from pyspark.sql import SparkSession

with socket.socket() as taken:
    taken.bind(("0.0.0.0", 0))
    taken.listen()
    port = taken.getsockname()[1]
    spark = SparkSession.builder.master("local[1]").config("spark.ui.port", port).getOrCreate()
    url = spark.sparkContext.uiWebUrl
    spark.stop()
print(port, url)
""")
    port, url = python(script).stdout.split()
    assert int(port) < int(url.rsplit(":", 1)[1]) <= int(port) + 16


def test_an_option_that_is_not_known_is_reported_once(python: Any, source: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"""
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").getOrCreate()
stream = spark.readStream.schema("id INT").option("maxFilesPerTriger", 1).csv({str(source)!r})
for number, sink in enumerate(("noop", "noop", "memory", "console", "foreach", "foreachBatch")):
    writer = stream.writeStream.option("checkpointLocation", {str(tmp_path)!r} + "/" + str(number))
    writer = writer.option("colour", "red").queryName("query" + str(number))
    if sink == "foreach":
        writer = writer.foreach(lambda row: None)
    elif sink == "foreachBatch":
        writer = writer.foreachBatch(lambda batch, number: None)
    else:
        writer = writer.format(sink)
    writer.trigger(availableNow=True).start().awaitTermination()
""")
    told = [line for line in python(script).stderr.splitlines() if "is not known" in line]
    assert sum("maxFilesPerTriger" in line for line in told) == 1, told
    for sink in ("noop", "memory", "console", "foreach", "foreachBatch"):
        assert sum("colour" in line and f" {sink} " in line for line in told) == 1, (sink, told)
