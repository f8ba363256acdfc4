"""The advertising benchmark: views of ads, joined to campaigns and counted in 10 s windows, from JSON files to parquet.

Ten million events (2.4 GB of JSON lines in 20 files, written once and kept) of which one in three is a view; 1,000 ads of
100 campaigns; a watermark; four files a trigger. After Yahoo's streaming benchmark of 2015.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import processes
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

EVENTS = int(os.environ.get("BENCH_EVENTS", 10_000_000))
FILES, ADS, CAMPAIGNS = 20, 1000, 100
START_MS = 1_704_067_200_000
ROOT = Path(os.environ["BENCH_DIR"]) / "ad_events"
SCHEMA = (
    "user_id STRING, page_id STRING, ad_id STRING, ad_type STRING, event_type STRING, event_time TIMESTAMP, ip STRING"
)
TYPES = pa.array(["banner", "modal", "sponsored-search", "mail", "mobile"])
KINDS = pa.array(["view", "click", "purchase"])


def ident(prefix: str, numbers: pa.Array) -> pa.Array:
    """Text in the form of a UUID, from a number."""
    digits = pc.utf8_lpad(pc.cast(numbers, pa.string()), width=12, padding="0")
    return pc.binary_join_element_wise(prefix, digits, "")


def write_file(path: Path, first: int, count: int) -> None:
    """One file of events, in the order of time: ten thousand events a second."""
    number = pa.array(range(first, first + count), pa.int64())

    def mixed(factor: int, modulus: int) -> pa.Array:
        # Remainders of multiples of primes: spread well, and the same in every run.
        product = pc.add(pc.multiply(number, factor), 12_345)
        return pc.subtract(product, pc.multiply(pc.divide(product, modulus), modulus))

    milliseconds = pc.add(pc.divide(number, 10), START_MS)
    stamp = pc.strftime(pc.cast(milliseconds, pa.timestamp("ms")), format="%Y-%m-%dT%H:%M:%SZ")
    fields = {
        "user_id": ident("9bf4f0a2-7c1e-4e0b-8a52-", mixed(7_919, 100_000)),
        "page_id": ident("0c5f1d9a-33d4-4b5c-9a6f-", mixed(104_729, 1_000)),
        "ad_id": ident("5d2c8f0e-91a7-47f3-b6cd-", mixed(1_299_709, ADS)),
        "ad_type": TYPES.take(mixed(15_485_863, 5)),
        "event_type": KINDS.take(mixed(32_452_843, 3)),
        "event_time": stamp,
        "ip": pc.binary_join_element_wise("10.0", pc.cast(mixed(49_979_687, 250), pa.string()), "7", "."),
    }
    parts: list[object] = []
    for name, values in fields.items():
        parts += ["{" if not parts else ", ", f'"{name}": "', values, '"']
    lines = pc.binary_join_element_wise(*parts, "}\n", "")
    with pa.OSFile(str(path.with_suffix(".part")), "wb") as out:
        out.write(pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "")[0].as_buffer())
    path.with_suffix(".part").rename(path)


def events() -> Path:
    """The directory of events, written if it is not there."""
    directory = ROOT / f"events-{EVENTS}"
    directory.mkdir(parents=True, exist_ok=True)
    for file in range(FILES):
        path = directory / f"{file:02}.json"
        if not path.exists():
            print(f"writing {path}", file=sys.stderr)
            for part in directory.glob("*.part"):
                part.unlink()
            write_file(path, file * (EVENTS // FILES), EVENTS // FILES)
        # The order of modification is the order of the stream.
        os.utime(path, (1_700_000_000 + file, 1_700_000_000 + file))
    return directory


def run(spark: SparkSession, source: Path, partitions: int) -> dict[str, float]:
    """One run of the query with that setting of `spark.sql.shuffle.partitions`."""
    spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
    ads = spark.range(ADS).select(
        F.format_string("5d2c8f0e-91a7-47f3-b6cd-%012d", "id").alias("ad_id"),
        F.expr(f"cast(id % {CAMPAIGNS} as int)").alias("campaign_id"),
    )
    views = (
        spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 4).json(str(source)).where("event_type = 'view'")
    )
    counts = (
        views.join(ads, "ad_id")
        .withWatermark("event_time", "10 seconds")
        .groupBy(F.window("event_time", "10 seconds"), "campaign_id")
        .count()
    )
    name = f"{partitions} partitions"
    target, checkpoint = str(ROOT / f"out-{partitions}"), str(ROOT / f"checkpoint-{partitions}")
    for path in (target, checkpoint):
        shutil.rmtree(path, ignore_errors=True)
    cpu, started = processes.cpu_seconds(), time.perf_counter()
    writer = counts.writeStream.format("parquet").option("path", target).option("checkpointLocation", checkpoint)
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination()
    wall, cpu = time.perf_counter() - started, processes.cpu_seconds() - cpu
    counted = spark.read.parquet(target).agg(F.sum("count")).first()[0]
    # All but the windows that the watermark has not passed.
    assert 0.9 * EVENTS / 3 < counted <= EVENTS / 3 + 1, counted
    return {f"{name}, wall s": wall, f"{name}, CPU s": cpu}


def main() -> None:
    """Measures it with 2 and with 200 partitions, and the engine's peak memory with 2."""
    source = events()
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.range(10).count()
    found = run(spark, source, 2)
    found["engine's peak memory, MB"] = processes.peak_memory_mb()
    found.update(run(spark, source, 200))
    spark.stop()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
