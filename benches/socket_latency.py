"""A line's way from a socket into foreachBatch: the time from its sending until the function is called with its batch."""

import contextlib
import json
import os
import shutil
import socket
import statistics
import threading
import time
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

LINES_PER_SECOND, SECONDS, WARM_UP_SECONDS = 1000, 15, 5
ROOT = Path(os.environ["BENCH_DIR"]) / "socket_latency"


def send(server: socket.socket, stop: threading.Event) -> None:
    """Sends lines at an even pace, each with the time of its sending."""
    connection, _ = server.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    started = time.time()
    sent = 0
    # The query hangs up when it is stopped.
    with connection, contextlib.suppress(OSError):
        while not stop.is_set():
            due = int((time.time() - started) * LINES_PER_SECOND)
            if due > sent:
                now = time.time()
                connection.sendall("".join(f"{now}\n" for _ in range(due - sent)).encode())
                sent = due
            stop.wait(0.001)


def main() -> None:
    """Measures the latency once the query has warmed up."""
    shutil.rmtree(ROOT, ignore_errors=True)
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    threading.Thread(target=send, args=(server, stop), daemon=True).start()
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    arrivals: list[tuple[float, float]] = []

    def batch(rows: DataFrame, _batch_id: int) -> None:
        now = time.time()
        arrivals.extend((now, now - float(row.value)) for row in rows.collect())

    lines = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", server.getsockname()[1])
    query = lines.load().writeStream.foreachBatch(batch).option("checkpointLocation", str(ROOT)).start()
    query.awaitTermination(WARM_UP_SECONDS + SECONDS)
    query.stop()
    stop.set()
    spark.stop()
    end = arrivals[-1][0]
    steady = [latency for now, latency in arrivals if now > end - SECONDS]
    cuts = statistics.quantiles(steady, n=100)
    print(json.dumps({"p50, ms": cuts[49] * 1000, "p99, ms": cuts[98] * 1000}))


if __name__ == "__main__":
    main()
