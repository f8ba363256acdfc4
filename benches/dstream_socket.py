"""How many lines a second a socket word count takes in batches of one second whose processing takes less than that.

A feeder in a process of its own sends lines at a rate that grows, a few batches at each; the highest rate of a batch that
was processed in time counts.
"""

import json
import multiprocessing
import socket
import threading
import time
import warnings
from operator import add

from pyspark import SparkConf, SparkContext
from pyspark.streaming import StreamingContext, StreamingListener

FIRST_RATE = 50_000
GROWTH = 1.3
RATES = 20
SECONDS_OF_A_RATE = 4
LINE = b"the quick brown fox jumps over the lazy dog\n"
"""Nine words."""

BEHIND_MAX = 3
"""After so many batches in a row that took too long, the rate is too high."""


def feed(listener: socket.socket, rate: "multiprocessing.Value") -> None:
    """Sends lines at the rate that is asked for."""
    connection, _ = listener.accept()
    slice_seconds = 0.02
    next_slice = time.perf_counter()
    while rate.value:
        connection.sendall(LINE * int(rate.value * slice_seconds))
        next_slice += slice_seconds
        time.sleep(max(0.0, next_slice - time.perf_counter()))
    connection.close()


class Best(StreamingListener):
    """Keeps the most records of a batch that was processed within its interval."""

    def __init__(self) -> None:
        super().__init__()
        self.records = 0
        self.behind = 0
        self.too_fast = threading.Event()

    def onBatchCompleted(self, batchCompleted) -> None:
        """A batch has ended."""
        info = batchCompleted.batchInfo()
        if info.processingDelay() <= 1000:
            self.behind = 0
            self.records = max(self.records, info.numRecords())
        else:
            self.behind += 1
        if self.behind >= BEHIND_MAX:
            self.too_fast.set()


def main() -> None:
    """Raises the rate until batches take longer than a second."""
    warnings.simplefilter("ignore")
    listener = socket.create_server(("127.0.0.1", 0))
    rate = multiprocessing.Value("q", FIRST_RATE)
    feeder = multiprocessing.get_context("fork").Process(target=feed, args=(listener, rate), daemon=True)
    feeder.start()
    conf = SparkConf().setMaster("local[2]").setAppName("socket").set("spark.ui.enabled", "false")
    sc = SparkContext(conf=conf)
    sc.setLogLevel("ERROR")
    ssc = StreamingContext(sc, 1)
    best = Best()
    ssc.addStreamingListener(best)
    lines = ssc.socketTextStream("127.0.0.1", listener.getsockname()[1])
    counts = lines.flatMap(lambda line: line.split(" ")).map(lambda word: (word, 1)).reduceByKey(add)
    counts.foreachRDD(lambda rdd: rdd.collect())
    ssc.start()
    for _ in range(RATES):
        if best.too_fast.wait(SECONDS_OF_A_RATE):
            break
        rate.value = int(rate.value * GROWTH)
    rate.value = 0
    ssc.stop()
    feeder.join(10)
    print(json.dumps({"socket word count in batches of 1 s, lines/s": best.records}))


if __name__ == "__main__":
    main()
