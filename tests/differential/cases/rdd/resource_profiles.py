from failure import failure
from pyspark.resource import ResourceProfileBuilder, TaskResourceRequests
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
profile = ResourceProfileBuilder().require(TaskResourceRequests().cpus(2)).build
rdd = sc.parallelize([1, 2], 1)
print(rdd.getResourceProfile(), failure(lambda: rdd.withResources(profile)), rdd.has_resource_profile)
print(rdd.getResourceProfile().taskResources["cpus"].amount)
