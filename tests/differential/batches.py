"""Runs a DStream program for as many batches as a case looks at, and prints what its streams hold."""

import threading
import warnings

from pyspark.sql import SparkSession

warnings.simplefilter("ignore", FutureWarning)

SECONDS_MAX = 60


def context(seconds=0.2):
    """A streaming context of the case's Spark context, which has two partitions by default."""
    from pyspark.streaming import StreamingContext

    return StreamingContext(SparkSession.builder.getOrCreate().sparkContext, seconds)


def queue(ssc, batches, slices=2, **options):
    """A stream with one RDD of two partitions for each list."""
    return ssc.queueStream([ssc.sparkContext.parallelize(batch, slices) for batch in batches], **options)


def show(ssc, count, /, **streams):
    """Starts the context and prints, batch by batch, what each stream has in its first `count` batches, sorted."""
    found = {name: [] for name in streams}
    done = threading.Event()

    def look(name):
        def add(rdd):
            if len(found[name]) < count:
                found[name].append(sorted(rdd.collect(), key=repr))
            if all(len(batches) >= count for batches in found.values()):
                done.set()

        return add

    for name, stream in streams.items():
        stream.foreachRDD(look(name))
    ssc.start()
    print("in time:", done.wait(SECONDS_MAX))
    ssc.stop(stopSparkContext=False)
    for name, batches in found.items():
        print(name)
        for batch in batches:
            print("  ", batch)
