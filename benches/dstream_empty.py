"""The time that a DStream batch without data takes, from its tick to its end: a queue stream and one output operation."""

import json
import statistics
import threading
import warnings

from pyspark import SparkConf, SparkContext
from pyspark.streaming import StreamingContext, StreamingListener

BATCHES = 30
WARM_UP = 10
BATCH_SECONDS = 0.5


class Times(StreamingListener):
    """Keeps how long after its tick each batch ended."""

    def __init__(self) -> None:
        super().__init__()
        self.total: list[int] = []
        self.processing: list[int] = []
        self.done = threading.Event()

    def onBatchCompleted(self, batchCompleted) -> None:
        """A batch has ended."""
        info = batchCompleted.batchInfo()
        self.total.append(info.processingEndTime() - info.batchTime().milliseconds())
        self.processing.append(info.processingDelay())
        if len(self.total) >= BATCHES:
            self.done.set()


def main() -> None:
    """Measures the median."""
    warnings.simplefilter("ignore")
    sc = SparkContext(conf=SparkConf().setMaster("local[2]").setAppName("empty").set("spark.ui.enabled", "false"))
    sc.setLogLevel("ERROR")
    ssc = StreamingContext(sc, BATCH_SECONDS)
    times = Times()
    ssc.addStreamingListener(times)
    ssc.queueStream([], default=sc.parallelize([], 2)).map(lambda n: n + 1).foreachRDD(lambda rdd: rdd.collect())
    ssc.start()
    assert times.done.wait(120)
    ssc.stop()
    median = statistics.median(times.total[WARM_UP:])
    print(json.dumps({"empty batch, ms from tick to end": median}))


if __name__ == "__main__":
    main()
