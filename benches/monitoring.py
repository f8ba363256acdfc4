"""What it costs to be watched: the advertising benchmark with web UI, event log and a Prometheus scrape a second, and without.

Each run is a process of its own, and the two kinds take turns, so that a slow minute of the machine hits both. Figures are
medians; the cost is what the watched runs need on top, in percent.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import ad_events
from pyspark.sql import SparkSession

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
EVENT_LOG = Path(os.environ["BENCH_DIR"]) / "monitoring" / "events"


def scrape(address: str, stop: threading.Event) -> None:
    """Does what Prometheus does, fifteen times as often."""
    while not stop.wait(1):
        with urllib.request.urlopen(f"{address}/metrics/prometheus") as page:
            page.read()


def watched(builder: SparkSession.Builder) -> SparkSession.Builder:
    """Everything that watches."""
    shutil.rmtree(EVENT_LOG, ignore_errors=True)
    EVENT_LOG.mkdir(parents=True)
    settings = {
        "spark.ui.enabled": "true",
        "spark.ui.port": "0",
        "spark.ui.prometheus.enabled": "true",
        "spark.sql.streaming.metricsEnabled": "true",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": str(EVENT_LOG),
        "spark.metrics.conf.*.sink.prometheusServlet.class": "org.apache.spark.metrics.sink.PrometheusServlet",
        "spark.metrics.conf.*.sink.prometheusServlet.path": "/metrics/prometheus",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder


def one_run(is_watched: bool) -> dict[str, float]:
    """The time of the job, on the clock and on the processors."""
    source = ad_events.events()
    builder = SparkSession.builder.master("local[2]")
    spark = (watched(builder) if is_watched else builder.config("spark.ui.enabled", "false")).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.range(10).count()
    stop = threading.Event()
    address = spark.sparkContext.uiWebUrl
    assert bool(address) == is_watched, address
    scraping = [threading.Thread(target=scrape, args=(address, stop))] if address else []
    for thread in scraping:
        thread.start()
    try:
        found = ad_events.run(spark, source, 2)
    finally:
        stop.set()
        for thread in scraping:
            thread.join()
    spark.stop()
    return {name.removeprefix("2 partitions, "): value for name, value in found.items()}


def main() -> None:
    """Measures both, in turn."""
    ad_events.events()
    kinds: dict[str, list[dict[str, float]]] = {"on": [], "off": []}
    for _ in range(ROUNDS):
        for kind, runs in kinds.items():
            done = subprocess.run([sys.executable, __file__, kind], stdout=subprocess.PIPE, text=True, check=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
            time.sleep(1)
    figures = {}
    for figure in kinds["on"][0]:
        on, off = (statistics.median(run[figure] for run in runs) for runs in kinds.values())
        figures |= {f"{figure}, all on": on, f"{figure}, all off": off, f"{figure}, cost %": (on / off - 1) * 100}
    print(json.dumps(figures))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one_run(sys.argv[1] == "on")))
    else:
        main()
