# isolated
import scratch
from failure import failure
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
print(failure(lambda: sc.parallelize([1], 1).checkpoint()) if sc.getCheckpointDir() is None else "set")
sc.setCheckpointDir(scratch.path("checkpoints"))
rdd = sc.parallelize(range(5), 2).map(lambda x: x * 2)
print(rdd.is_checkpointed, rdd.isCheckpointed(), rdd.getCheckpointFile())
rdd.checkpoint()
print(rdd.is_checkpointed, rdd.isCheckpointed(), rdd.getCheckpointFile())
print(rdd.count(), rdd.isCheckpointed(), rdd.getCheckpointFile() is not None, rdd.isLocallyCheckpointed())
print(rdd.collect(), rdd.map(str).collect(), rdd.glom().collect())
local = sc.parallelize(range(5), 2).map(str)
print(local.isLocallyCheckpointed(), local.localCheckpoint(), local.isLocallyCheckpointed(), local.isCheckpointed())
print(
    local.collect(), local.isCheckpointed(), local.getCheckpointFile(), local.getStorageLevel(), local.is_checkpointed
)
