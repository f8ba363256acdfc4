"""The script that the crash tests of DStreams kill: lines of a socket, counted per key, with the write-ahead log.

    lines.py DIRECTORY PORT

A line is `KEY NUMBER`. For each batch the script writes the batch's numbers to `batches/TIME`, and all counts and sums of
the state to `states/TIME`. A batch that runs again must be the same, so a file that is there with other content is kept
beside it as `….again`. The file `finish` asks the script to stop gracefully.
"""

import json
import os
import sys
import threading
import warnings

from pyspark import SparkConf, SparkContext
from pyspark.streaming import StreamingContext

BATCH_SECONDS = 0.2
SETTINGS = {
    "spark.master": "local[2]",
    "spark.app.name": "lines",
    "spark.ui.enabled": "false",
    "spark.streaming.receiver.writeAheadLog.enable": "true",
    "spark.streaming.receiver.writeAheadLog.rollingIntervalSecs": "1",
    "spark.streaming.blockInterval": "50ms",
    "spark.streaming.receiverRestartDelay": "50",
}


def write_once(path, content):
    """Writes a file in one step; other content than it has already goes beside it."""
    text = json.dumps(content)
    if os.path.exists(path):
        with open(path) as file:
            if file.read() == text:
                return
        path += ".again"
    with open(path + ".tmp", "w") as file:
        file.write(text)
    os.rename(path + ".tmp", path)


def add(new, state):
    """How many numbers a key had, and their sum."""
    count, total = state or (0, 0)
    return count + len(new), total + sum(new)


def build(directory, port):
    """The streams."""
    conf = SparkConf()
    for key, value in SETTINGS.items():
        conf.set(key, value)
    ssc = StreamingContext(SparkContext.getOrCreate(conf), BATCH_SECONDS)

    def pair(line):
        key, number = line.split()
        return key, int(number)

    def save_batch(time, rdd):
        numbers = sorted(number for _, number in rdd.collect())
        write_once(os.path.join(directory, "batches", f"{time.timestamp():.3f}"), numbers)

    def save_state(time, rdd):
        write_once(os.path.join(directory, "states", f"{time.timestamp():.3f}"), sorted(rdd.collect()))

    pairs = ssc.socketTextStream("127.0.0.1", port).map(pair)
    pairs.foreachRDD(save_batch)
    counts = pairs.updateStateByKey(add, 2)
    counts.checkpoint(1)
    counts.foreachRDD(save_state)
    return ssc


def main():
    """Runs until it is killed or asked to finish."""
    warnings.simplefilter("ignore")
    directory, port = sys.argv[1], int(sys.argv[2])
    checkpoint = os.path.join(directory, "checkpoint")
    ssc = StreamingContext.getOrCreate(checkpoint, lambda: build(directory, port))
    ssc.start()
    print("started", ssc.sparkContext._application.engine._process.pid, flush=True)

    def finish():
        while not os.path.exists(os.path.join(directory, "finish")):
            threading.Event().wait(0.02)
        ssc.stop(stopSparkContext=True, stopGraceFully=True)

    threading.Thread(target=finish, daemon=True).start()
    ssc.awaitTermination()


if __name__ == "__main__":
    main()
