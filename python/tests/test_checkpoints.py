"""Checkpoints that Apache Spark wrote go on here: nothing is lost and nothing comes twice."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).resolve().parents[2] / "tests" / "data" / "checkpoints"
WAIT_SECONDS = 60


@pytest.fixture(params=["two_batches", "uncommitted", "compacted"])
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a recording under a path of its own; see `record.py` beside the recordings."""
    root = tmp_path / request.param
    shutil.copytree(RECORDED / request.param, root)
    for file in [*root.glob("cp/sources/0/*"), *root.glob("out/_spark_metadata/*")]:
        file.write_text(file.read_text().replace("@ROOT@", str(root)))
    for number, file in enumerate(sorted(root.glob("in/*.csv"))):
        os.utime(file, (1_700_000_000 + number, 1_700_000_000 + number))
    return root


def run_out(spark: Any, root: Path) -> Any:
    """Runs the query of the recordings to its end."""
    stream = spark.readStream.schema("id INT, word STRING").option("maxFilesPerTrigger", 1).csv(str(root / "in"))
    rows = stream.where("id % 2 = 1").selectExpr("id", "upper(word) AS word")
    writer = rows.writeStream.format("json").option("checkpointLocation", str(root / "cp"))
    query = writer.trigger(availableNow=True).start(str(root / "out"))
    assert query.awaitTermination(WAIT_SECONDS)
    return query


def rows_of(spark: Any, root: Path) -> list[list[Any]]:
    """The rows of the sink."""
    rows = spark.read.schema("id INT, word STRING").json(str(root / "out")).orderBy("id").collect()
    return [[row.id, row.word] for row in rows]


def test_a_checkpoint_of_apache_spark_goes_on(spark: Any, recorded: Path) -> None:
    expected = json.loads((recorded / "expected.json").read_text())
    query_id = json.loads((recorded / "cp/metadata").read_text())["id"]
    batches = len(list((recorded / "cp/offsets").iterdir()))
    assert run_out(spark, recorded).id == query_id
    assert rows_of(spark, recorded) == expected
    (recorded / "in" / "99.csv").write_text("991,new\n992,even\n")
    assert run_out(spark, recorded).lastProgress["batchId"] == batches
    assert rows_of(spark, recorded) == [*expected, [991, "NEW"]]
