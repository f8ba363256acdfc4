"""The time that a durable micro-batch of a few rows takes: stateless, and with an aggregate of ten keys."""

import json
import os
import shutil
import statistics
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

BATCHES = 40
ROOT = Path(os.environ["BENCH_DIR"]) / "micro_batch"


def files() -> Path:
    """A directory with one small file for each batch."""
    directory = ROOT / "files"
    directory.mkdir(parents=True)
    for number in range(BATCHES):
        rows = "".join(f'{{"key": {row % 10}, "value": {number * 10 + row}}}\n' for row in range(20))
        (directory / f"{number:03}.json").write_text(rows)
    return directory


def run(name: str, rows: DataFrame, mode: str) -> float:
    """The median of `triggerExecution` in milliseconds, without the first batches, which warm up."""
    writer = rows.writeStream.format("noop").outputMode(mode).option("checkpointLocation", str(ROOT / name))
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination()
    progress = [batch for batch in query.recentProgress if batch["numInputRows"] > 0]
    assert len(progress) == BATCHES, len(progress)
    return statistics.median(batch["durationMs"]["triggerExecution"] for batch in progress[5:])


def main() -> None:
    """Measures all of them."""
    shutil.rmtree(ROOT, ignore_errors=True)
    spark = SparkSession.builder.master("local[2]").getOrCreate()
    source = spark.readStream.schema("key INT, value INT").option("maxFilesPerTrigger", 1).json(str(files()))
    found = {"stateless, ms": run("stateless", source, "append")}
    for partitions in (2, 200):
        spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
        name = f"group by 10 keys, {partitions} partitions, ms"
        found[name] = run(f"grouped-{partitions}", source.groupBy("key").count(), "update")
    spark.stop()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
