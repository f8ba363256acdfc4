from pyspark.rdd import RDD
from pyspark.sql import SparkSession

sc = SparkSession.builder.getOrCreate().sparkContext
for size, total, replacement in [
    (1, 2, True),
    (1, 2, False),
    (10, 1000, True),
    (10, 1000, False),
    (900, 1000, False),
    (20, 100, True),
]:
    print(size, total, replacement, round(RDD._computeFractionForSampleSize(size, total, replacement), 9))
