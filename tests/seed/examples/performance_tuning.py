"""Performance tuning: fewer shuffle partitions, and how many partitions an RDD has."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.config("spark.sql.shuffle.partitions", "50").getOrCreate()
rdd = spark.sparkContext.parallelize(range(1, 1000), 10)
print("partitions before:", rdd.getNumPartitions())
rdd = rdd.repartition(50)  # Reduce number of shuffles by tuning partitions
print("partitions after:", rdd.getNumPartitions(), "count:", rdd.count(), "sum:", rdd.sum())
print("spark.sql.shuffle.partitions:", spark.conf.get("spark.sql.shuffle.partitions"))
