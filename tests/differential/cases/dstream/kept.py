"""cache, persist and checkpoint of streams: what their RDDs say of themselves."""
# isolated
import tempfile

from batches import context, queue, show
from pyspark import StorageLevel

ssc = context(0.5)
ssc.sparkContext.setCheckpointDir(tempfile.mkdtemp())
numbers = queue(ssc, [[1, 2], [3]])
cached = numbers.map(lambda n: n).cache()
on_disk = numbers.map(lambda n: n).persist(StorageLevel.DISK_ONLY)
marked = numbers.map(lambda n: n)
print(marked.checkpoint(1) is marked, marked.is_checkpointed, marked.is_cached, cached.is_cached, on_disk.is_cached)
print(cached.context() is ssc, numbers.is_cached, numbers.is_checkpointed)


def told(stream):
    return stream.transform(lambda rdd: rdd.context.parallelize([str(rdd.getStorageLevel())], 1))


show(ssc, 2, cached=told(cached), on_disk=told(on_disk), marked=told(marked), plain=told(numbers.map(str)), collected=marked)
