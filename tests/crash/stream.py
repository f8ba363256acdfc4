"""The script that the crash tests kill: three streaming queries over one directory, each with a sink of another kind.

    stream.py DIRECTORY QUERY...          runs these queries until the process dies
    stream.py DIRECTORY --finish          runs all of them to the end of the input and prints what the sinks hold

`copy` copies rows to Parquet files, `counts` counts rows in windows behind a watermark and writes JSON files, and `seen`
appends every batch that `foreachBatch` is given to a file.
"""

import json
import os
import sys

from pyspark.errors.exceptions.connect import SparkConnectException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamWriter

QUERIES = ("copy", "counts", "seen")
KEYS = 3
WINDOW_SECONDS = 10
# Files are listed while others are added, so a batch can overtake another by a file or two; never by this.
DELAY_SECONDS = 120
ENGINE_IS_GONE = 3

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    # Small, so that logs are compacted, old files removed and snapshots of the state made between the crashes.
    "spark.sql.streaming.minBatchesToRetain": "3",
    "spark.sql.streaming.stateStore.minDeltasForSnapshot": "3",
    "spark.sql.streaming.fileSink.log.compactInterval": "4",
    "spark.sql.streaming.fileSource.log.compactInterval": "4",
}


class Streams:
    """The queries over `input/` in a directory; their checkpoints and outputs lie beside it."""

    def __init__(self, spark: SparkSession, directory: str) -> None:
        self.spark = spark
        self.directory = directory

    def path(self, name: str) -> str:
        return os.path.join(self.directory, name)

    def writer(self, name: str) -> DataStreamWriter:
        rows = self.spark.readStream.schema("id long, at timestamp").option("maxFilesPerTrigger", 3)
        rows = rows.json(self.path("input"))
        return getattr(self, name)(rows).option("checkpointLocation", self.path(f"checkpoint-{name}"))

    def copy(self, rows: DataFrame) -> DataStreamWriter:
        return rows.select("id").writeStream.format("parquet").option("path", self.path("copy"))

    def counts(self, rows: DataFrame) -> DataStreamWriter:
        windows = F.window("at", f"{WINDOW_SECONDS} seconds")
        counts = rows.withWatermark("at", f"{DELAY_SECONDS} seconds").groupBy(
            windows, (F.col("id") % KEYS).alias("key")
        )
        counts = counts.count().select(F.col("window.start").cast("long").alias("start"), "key", "count")
        return counts.writeStream.format("json").option("path", self.path("counts"))

    def seen(self, rows: DataFrame) -> DataStreamWriter:
        def see(batch: DataFrame, batch_id: int) -> None:
            line = json.dumps([batch_id, sorted(row.id for row in batch.collect())]) + "\n"
            file = os.open(self.path("seen"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(file, line.encode())
            os.close(file)

        return rows.writeStream.foreachBatch(see)

    def results(self) -> dict[str, list]:
        copied = self.spark.read.parquet(self.path("copy")).collect()
        counted = self.spark.read.schema("start long, key long, count long").json(self.path("counts")).collect()
        return {"copy": [row.id for row in copied], "counts": [list(row) for row in counted]}


def main() -> None:
    directory, names = sys.argv[1], sys.argv[2:]
    builder = SparkSession.builder.master("local[2]")
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    streams = Streams(spark, directory)
    if names == ["--finish"]:
        for query in [streams.writer(name).trigger(availableNow=True).start() for name in QUERIES]:
            query.awaitTermination()
        print(json.dumps(streams.results()), flush=True)
        spark.stop()
        return
    print("started", flush=True)
    try:
        for name in names:
            streams.writer(name).start()
        spark.streams.awaitAnyTermination()
    except SparkConnectException:
        if spark.client._builder.engine.is_running:
            raise
        sys.exit(ENGINE_IS_GONE)


if __name__ == "__main__":
    main()
