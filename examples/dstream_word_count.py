"""Counts words that come over a socket, with DStreams: per batch, over a window, and since the beginning.

    nc -lk 9999                                          in one terminal: type words
    python examples/dstream_word_count.py localhost 9999 [CHECKPOINT-DIRECTORY]

With a directory for checkpoints, kill it at any moment (`kill -9`) and start it again: the totals go on where they were.
It is a plain PySpark script, here or with Apache Spark 4.
"""

import argparse
import tempfile
import warnings
from operator import add, sub

from pyspark import SparkConf, SparkContext
from pyspark.streaming import StreamingContext

BATCH_SECONDS = 2


def total(new, state):
    """The count so far and what came."""
    return sum(new) + (state or 0)


def build(host, port):
    """The streams."""
    conf = SparkConf().setIfMissing("spark.master", "local[2]").setIfMissing("spark.app.name", "word count")
    # What a receiver has stored survives the process.
    conf.setIfMissing("spark.streaming.receiver.writeAheadLog.enable", "true")
    ssc = StreamingContext(SparkContext.getOrCreate(conf), BATCH_SECONDS)
    words = ssc.socketTextStream(host, port).flatMap(str.split).map(lambda word: (word, 1))
    words.reduceByKey(add).pprint()
    words.reduceByKeyAndWindow(add, sub, 30, BATCH_SECONDS, filterFunc=lambda pair: pair[1] > 0).pprint()
    words.updateStateByKey(total).pprint()
    return ssc


def main():
    """Runs until it is interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("checkpoint", nargs="?", help="default: a new directory, so that nothing is taken up again")
    options = parser.parse_args()
    warnings.simplefilter("ignore", FutureWarning)
    directory = options.checkpoint or tempfile.mkdtemp()
    ssc = StreamingContext.getOrCreate(directory, lambda: build(options.host, options.port))
    ssc.start()
    try:
        ssc.awaitTermination()
    except KeyboardInterrupt:
        ssc.stop(stopSparkContext=True, stopGraceFully=True)


if __name__ == "__main__":
    main()
