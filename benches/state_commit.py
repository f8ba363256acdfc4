"""What a batch that changes 1,000 keys costs when the state has 50 thousand keys, and when it has 5 million."""

import json
import os
import shutil
import statistics
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

BATCHES, CHANGED = 15, 1000
SIZES = {"50 thousand keys": 50_000, "5 million keys": 5_000_000}
ROOT = Path(os.environ["BENCH_DIR"]) / "state_commit"


def write(path: Path, keys: pa.Array, number: int) -> None:
    """A file of keys, whose place in the stream is given by its time."""
    pq.write_table(pa.table({"key": keys}), path)
    os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def files(keys: int) -> Path:
    """A first file with all keys, then one file for each batch."""
    directory = ROOT / f"files-{keys}"
    directory.mkdir(parents=True)
    write(directory / "000.parquet", pa.array(range(keys), pa.int64()), 0)
    for batch in range(1, BATCHES + 1):
        changed = [(batch * 7_919 + n * (keys // CHANGED)) % keys for n in range(CHANGED)]
        write(directory / f"{batch:03}.parquet", pa.array(changed, pa.int64()), batch)
    return directory


def run(spark: SparkSession, name: str, keys: int) -> dict[str, float]:
    """The medians over the small batches."""
    source = spark.readStream.schema("key LONG").option("maxFilesPerTrigger", 1).parquet(str(files(keys)))
    writer = source.groupBy("key").count().writeStream.format("noop").outputMode("update")
    query = writer.option("checkpointLocation", str(ROOT / f"checkpoint-{keys}")).trigger(availableNow=True).start()
    query.awaitTermination()
    batches = [batch for batch in query.recentProgress if batch["numInputRows"] == CHANGED]
    assert len(batches) == BATCHES, len(batches)
    assert batches[-1]["stateOperators"][0]["numRowsTotal"] == keys
    return {f"whole batch, {name}, ms": statistics.median(b["durationMs"]["triggerExecution"] for b in batches[3:])}


def main() -> None:
    """Measures both sizes, and how much longer the larger one takes."""
    shutil.rmtree(ROOT, ignore_errors=True)
    builder = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "2")
    spark = builder.config("spark.driver.memory", "4g").config("spark.ui.enabled", "false").getOrCreate()
    found: dict[str, float] = {}
    for name, keys in SIZES.items():
        found.update(run(spark, name, keys))
    small, large = found.values()
    spark.stop()
    print(json.dumps({**found, "5 million over 50 thousand": large / small}))


if __name__ == "__main__":
    main()
