from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
rdd = sc.parallelize(range(10), 4).map(lambda x: (x, x))
parted = rdd.partitionBy(2)
print(parted.join(parted).getNumPartitions(), parted.join(rdd).getNumPartitions(), rdd.join(parted).getNumPartitions())
print(sorted(parted.join(parted).collect()) == sorted(rdd.join(rdd).collect()), sorted(parted.join(rdd).collect())[:2])
print(parted.cogroup(parted).getNumPartitions(), [list(v) for v in sorted(parted.cogroup(parted).collect())[3][1]])
tracker = sc.statusTracker()
for name, joined in (("alike", parted.join(parted)), ("other", parted.join(rdd)), ("cogroup", parted.cogroup(parted))):
    sc.setJobGroup(name, name)
    joined.collect()
    job = tracker.getJobIdsForGroup(name)[0]
    print(name, len(tracker.getJobInfo(job).stageIds))
sc._jsc.clearJobGroup() if hasattr(sc, "_jsc") and sc._jsc else sc.setLocalProperty("spark.jobGroup.id", None)
