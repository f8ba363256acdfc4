from pyspark import StorageLevel
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
computed = sc.accumulator(0)


def count(x):
    computed.add(1)
    return x


for keep in (None, StorageLevel.MEMORY_ONLY, StorageLevel.DISK_ONLY, StorageLevel.MEMORY_AND_DISK_2):
    before = computed.value
    rdd = sc.parallelize(range(20), 4).map(count)
    if keep is not None:
        rdd.persist(keep)
    print(rdd.sum(), rdd.map(str).count(), rdd.take(1), computed.value - before)
    rdd.unpersist()
    print(rdd.sum(), computed.value - before)
