from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
numbers = sc.parallelize([1, 2, 3], 2)
print(numbers.collectWithJobGroup("group one", "described"), len(sc.statusTracker().getJobIdsForGroup("group one")))
print(
    numbers.collectWithJobGroup("group one", "described", True), len(sc.statusTracker().getJobIdsForGroup("group one"))
)
print(list(sc.statusTracker().getJobIdsForGroup("unknown")))
