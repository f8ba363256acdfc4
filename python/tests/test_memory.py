"""Queries over several times the memory that there is: they spill and give the right answer, or fail alone with a clear error.

The engine is a process of its own with a small memory pool, so what it really takes can be seen.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from firesteel import session as sessions
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

ROWS = 1_000_000
"""About 70 MB, and several times that where they are sorted or hashed."""

POOL = "40m"
"""Of which queries get 24 MB."""

PEAK_MEGABYTES_MAX = 300
"""What the engine's process may take: itself (about 100 MB), the pool, and what passes through."""


@pytest.fixture
def spill(tmp_path: Path) -> Path:
    """Where queries spill."""
    return tmp_path / "spill"


@pytest.fixture
def spark(spill: Path) -> Iterator[Any]:
    """A session on an engine with little memory."""
    builder = SparkSession.builder.appName("tests").master("local[2]")
    spark = builder.config("spark.driver.memory", POOL).config("spark.local.dir", str(spill)).getOrCreate()
    yield spark
    spark.stop()
    assert emptied(spill)


def files(directory: Path) -> list[Path]:
    """The files below a directory."""
    return [path for path in directory.rglob("*") if path.is_file()]


def emptied(directory: Path) -> bool:
    """Whether the files go away; a query's tasks may end a moment after its answer."""
    patience = time.monotonic() + 10
    while files(directory) and time.monotonic() < patience:
        time.sleep(0.01)
    return files(directory) == []


def peak_megabytes() -> float:
    """The largest memory that the engine's process has had."""
    process = sessions.running().engine._process.pid
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def rows(spark: Any) -> Any:
    """Rows whose texts come in no order, each once."""
    text = F.concat(F.lit("a text of some length "), (F.col("id") * 104_729 % 15_485_863).cast("string"))
    return spark.range(ROWS).select("id", (F.col("id") * 7919 % 100_003).alias("key"), text.alias("text"))


def total(frame: Any, column: str) -> tuple[int, int]:
    """The number of rows and the sum of a column."""
    found = frame.agg(F.count(F.lit(1)), F.sum(column)).first()
    return found[0], found[1]


ALL = (ROWS, ROWS * (ROWS - 1) // 2)


def test_sorts_aggregates_joins_and_windows_spill(spark: Any, spill: Path) -> None:
    frame = rows(spark)
    sorted_texts = frame.orderBy("text").select("id", F.lag("text").over(Window.orderBy("text")).alias("last"), "text")
    assert total(sorted_texts.where("last is null or last < text"), "id") == ALL
    grouped = frame.groupBy("text").agg(F.sum("id").alias("id"), F.max("text").alias("most"))
    assert total(grouped.where("most = text"), "id") == ALL
    assert frame.select("text").union(frame.select("text")).distinct().count() == ROWS
    other = frame.select(F.col("id").alias("other"), F.col("text").alias("its text"))
    matches = F.col("text") == F.col("its text")
    for kind in ("inner", "left", "full"):
        assert total(frame.join(other, matches, kind).where("id = other"), "id") == ALL, kind
    assert total(frame.join(other.where("other % 2 = 0"), matches, "left_semi"), "id")[0] == ROWS // 2
    assert total(frame.join(other.where("other % 2 = 0"), matches, "left_anti"), "id")[0] == ROWS // 2
    within = Window.partitionBy("key")
    summed = frame.withColumn("all", F.count("text").over(within)).groupBy("key").agg(F.first("all").alias("all"))
    assert total(summed, "all") == (100_003, ROWS)
    assert emptied(spill)
    assert peak_megabytes() < PEAK_MEGABYTES_MAX


def test_partitioned_writes_hold_few_rows(spark: Any, tmp_path: Path) -> None:
    frame = rows(spark).withColumn("part", F.col("id") % 100)
    for format in ("parquet", "csv"):
        out = tmp_path / format
        frame.write.partitionBy("part").format(format).save(str(out))
        assert len([path for path in out.iterdir() if path.name.startswith("part=")]) == 100
        # A task leaves one file in each directory, as Spark's does.
        assert all(len(list(path.glob("part-*"))) <= 2 for path in out.glob("part=*"))
        read = spark.read.schema("id LONG, key LONG, text STRING, part INT").format(format).load(str(out))
        assert total(read.where("part = id % 100"), "id") == ALL
    assert peak_megabytes() < PEAK_MEGABYTES_MAX


def test_large_results_and_kept_rows_pass_through(spark: Any) -> None:
    frame = rows(spark)
    frame.write.format("noop").mode("overwrite").save()
    assert frame.toArrow().num_rows == ROWS
    kept = frame.persist()
    assert [total(kept, "id") for _ in range(2)] == [ALL, ALL]
    assert total(kept.orderBy("text"), "id") == ALL
    small = spark.range(1000).persist()
    assert [small.count(), small.count()] == [1000, 1000]
    assert peak_megabytes() < PEAK_MEGABYTES_MAX


def test_a_query_that_cannot_spill_fails_alone(spark: Any, spill: Path) -> None:
    frame = rows(spark)
    whole = F.max("text").over(Window.partitionBy())
    for query in (frame.agg(F.size(F.collect_list("text"))), frame.withColumn("most", whole).agg(F.max("most"))):
        with pytest.raises(PySparkException, match=r"spark\.driver\.memory") as raised:
            query.collect()
        assert raised.value.getCondition() == "UNABLE_TO_ACQUIRE_MEMORY"
        assert spark.range(3).count() == 3
        assert total(frame.select("id"), "id") == ALL
    assert emptied(spill)


def test_a_full_spill_disk_fails_the_query_alone(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here (needs root)")
    try:
        builder = SparkSession.builder.appName("tests").master("local[2]")
        spark = builder.config("spark.driver.memory", POOL).config("spark.local.dir", str(disk)).getOrCreate()
        try:
            with pytest.raises(PySparkException, match=f"{disk}.*spark.local.dir"):
                rows(spark).orderBy("text").write.format("noop").mode("overwrite").save()
            assert emptied(disk)
            assert total(spark.range(ROWS), "id") == ALL
        finally:
            spark.stop()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert os.listdir(disk) == []
