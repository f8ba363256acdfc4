"""An application with something on every tab of the web UI; it runs until its standard input ends."""

import socket
import sys
import threading
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.streaming import StreamingContext

spark = (
    SparkSession.builder.master("local[2]")
    .appName("ad clicks")
    .config("spark.ui.port", "0")
    .config("spark.ui.killEnabled", "true")
    .config("spark.log.level", "INFO")
    .config("spark.shop.password", "not to be shown")
    .getOrCreate()
)
sc = spark.sparkContext


def feed(server: socket.socket) -> None:
    """Sends lines to whoever connects."""
    connection, _ = server.accept()
    try:
        while True:
            connection.sendall(b"to be or not to be\n" * 20)
            time.sleep(0.1)
    except OSError:
        return


def run_queries() -> None:
    """Batch queries, one of them over a cached table."""
    clicks = spark.range(0, 200_000, 1, 4).selectExpr("id", "id % 50 AS campaign", "id % 7 * 0.1 AS cost")
    clicks.createOrReplaceTempView("clicks")
    spark.sql("CACHE TABLE clicks")
    names = spark.range(50).selectExpr("id AS campaign", "concat('campaign ', id) AS name")
    names.createOrReplaceTempView("campaigns")
    spark.sql(
        "SELECT name, count(*) AS clicks, round(sum(cost), 2) AS cost FROM clicks JOIN campaigns USING (campaign) "
        "GROUP BY name ORDER BY cost DESC LIMIT 10"
    ).collect()
    spark.range(1000).select(F.udf(lambda x: x + 1, "long")("id")).agg(F.sum("<lambda>(id)")).collect()


def run_rdds() -> object:
    """RDD jobs: a shuffle, a cached RDD, one that fails. The cached one stays as long as it is held."""
    words = sc.parallelize(["to be or not to be"] * 1000, 4).flatMap(str.split).map(lambda word: (word, 1))
    words.setName("words").cache()
    words.reduceByKey(lambda a, b: a + b).collect()
    words.count()
    try:
        sc.parallelize(range(4), 4).map(lambda x: 1 // (x - 2)).collect()
    except Exception as error:
        print("failed, as it should:", type(error).__name__, file=sys.stderr)
    return words


def start_query() -> None:
    """A streaming query with state, a watermark, and rows that come too late."""
    clicks = spark.readStream.format("rate").option("rowsPerSecond", 2000).load()
    late = F.when(F.col("value") % 100 == 0, F.expr("INTERVAL 60 SECONDS")).otherwise(F.expr("INTERVAL 0 SECONDS"))
    per_campaign = (
        clicks.withColumn("time", F.col("timestamp") - late)
        .withWatermark("time", "5 seconds")
        .groupBy(F.window("time", "2 seconds"), (F.col("value") % 20).alias("campaign"))
        .count()
    )
    writer = per_campaign.writeStream.queryName("clicks per campaign").format("noop").outputMode("update")
    writer.trigger(processingTime="1 second").start()
    spark.readStream.format("rate").load().writeStream.queryName("archive").format("noop").start().stop()


def start_dstream(port: int) -> None:
    """A DStream program: words of a socket, counted per batch."""
    ssc = StreamingContext(sc, 1)
    lines = ssc.socketTextStream("127.0.0.1", port)
    counts = lines.flatMap(str.split).map(lambda word: (word, 1)).reduceByKey(lambda a, b: a + b)
    counts.foreachRDD(lambda rdd: rdd.collect())
    ssc.start()


server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=feed, args=(server,), daemon=True).start()
run_queries()
kept = run_rdds()
start_query()
start_dstream(server.getsockname()[1])
print("UI", sc.uiWebUrl, flush=True)
sys.stdin.read()
