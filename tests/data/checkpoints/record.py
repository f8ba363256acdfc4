"""Writes the recorded checkpoints with Apache Spark: `python record.py` under pyspark 4.2 (needs Java).

Each directory here holds a stateless query as Apache Spark left it: its input (`in`), its checkpoint (`cp`)
and the output of its file sink (`out`), with `expected.json`, the rows that the output has
once the query has been started again and has come to its end.

    in/*.csv  ->  SELECT id, upper(word) AS word WHERE id % 2 = 1  ->  out (json), one file a batch

- `two_batches`   two batches, both committed.
- `uncommitted`   the same, and a third batch whose offsets are logged but which was never run.
- `compacted`     twelve batches: the logs of the source and of the sink have been compacted at batch 9.

Apache Spark writes absolute paths into `cp/sources/0/N` and `out/_spark_metadata/N`, as `file:///...`; nowhere
else. In the recording the directory is replaced by `@ROOT@` (so `"path":"file://@ROOT@/in/00.csv"`); a test
copies the directory and puts its own path there. Checksum files (`.N.crc`) are left out, as they would no longer fit.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

HERE = Path(__file__).resolve().parent


def start(spark, root: Path):
    stream = spark.readStream.schema("id INT, word STRING").option("maxFilesPerTrigger", 1).csv(str(root / "in"))
    rows = stream.where("id % 2 = 1").selectExpr("id", "upper(word) AS word")
    writer = rows.writeStream.format("json").option("checkpointLocation", str(root / "cp"))
    return writer.trigger(availableNow=True).start(str(root / "out"))


def add_file(root: Path, number: int) -> None:
    """Input file NN holds the rows 10 * NN + 1 to 10 * NN + 3; each file is a second younger than the one before."""
    (root / "in").mkdir(exist_ok=True)
    file = root / "in" / f"{number:02}.csv"
    file.write_text("".join(f"{10 * number + i},word {number}-{i}\n" for i in (1, 2, 3)))
    os.utime(file, (1_700_000_000 + number, 1_700_000_000 + number))


def forget_third_batch(root: Path) -> None:
    """As after a crash between the log of the offsets and the batch itself."""
    (root / "cp/commits/2").unlink()
    (root / "out/_spark_metadata/2").unlink()
    logs = [(root / f"out/_spark_metadata/{n}").read_text().splitlines()[1:] for n in (0, 1)]
    listed = {json.loads(line)["path"] for log in logs for line in log}
    for file in (root / "out").glob("part-*"):
        if file.as_uri() not in listed:
            file.unlink()


def keep(root: Path, target: Path) -> None:
    """Copy the directory here, without checksum files and with the placeholder for its path."""
    shutil.rmtree(target, ignore_errors=True)
    for file in sorted(p for p in root.rglob("*") if p.is_file() and not p.name.endswith(".crc")):
        copy = target / file.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text().replace(str(root), "@ROOT@"))


def record(spark, name: str, files: int, uncommitted: bool = False) -> None:
    with tempfile.TemporaryDirectory(prefix="checkpoint-") as directory:
        root = Path(directory)
        for number in range(files):
            add_file(root, number)
        start(spark, root).awaitTermination()
        rows = spark.read.schema("id INT, word STRING").json(str(root / "out")).orderBy("id").collect()
        if uncommitted:
            forget_third_batch(root)
        (root / "expected.json").write_text(json.dumps([[r.id, r.word] for r in rows]) + "\n")
        keep(root, HERE / name)
        print(name, len(rows), "rows")


if __name__ == "__main__":
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    record(session, "two_batches", 2)
    record(session, "uncommitted", 3, uncommitted=True)
    record(session, "compacted", 12)
    session.stop()
    sys.exit(0)
