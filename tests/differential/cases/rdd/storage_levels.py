from failure import failure
from pyspark import StorageLevel
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
rdd = sc.parallelize(range(10), 2).map(lambda x: x + 1)
print(rdd.is_cached, rdd.getStorageLevel())
print(rdd.cache() is rdd, rdd.is_cached, rdd.getStorageLevel(), rdd.sum(), rdd.sum())
print(rdd.unpersist() is rdd, rdd.is_cached, rdd.getStorageLevel())
for name in ("DISK_ONLY", "DISK_ONLY_2", "MEMORY_ONLY", "MEMORY_AND_DISK", "MEMORY_AND_DISK_2", "OFF_HEAP", "NONE"):
    level = getattr(StorageLevel, name)
    if name != "OFF_HEAP":
        print(name, rdd.persist(level).getStorageLevel() == level, rdd.getStorageLevel(), rdd.count())
    rdd.unpersist(blocking=True)
rdd.persist(StorageLevel.MEMORY_AND_DISK)
print(rdd.persist(StorageLevel.MEMORY_AND_DISK) is rdd, failure(lambda: rdd.persist(StorageLevel.DISK_ONLY)))
print(
    failure(lambda: rdd.map(str).persist("MEMORY_ONLY")),
    rdd.unpersist().persist(StorageLevel.DISK_ONLY).getStorageLevel(),
)
rdd.unpersist()
