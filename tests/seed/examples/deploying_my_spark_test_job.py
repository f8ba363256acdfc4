"""A job such as spark-submit deploys: it gets its context from where it runs, and its arguments."""
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("my_spark_test_job").getOrCreate()
words = spark.sparkContext.parallelize(["a", "b", "a"]).map(lambda w: (w, 1)).reduceByKey(lambda x, y: x + y)
print("arguments:", sys.argv[1:])
print("counts:", sorted(words.collect()))
spark.stop()
