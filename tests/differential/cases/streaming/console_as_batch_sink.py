"""The console and noop sinks in a batch write."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(3).coalesce(1).write.format("console").save()
spark.range(3).write.format("noop").mode("overwrite").save()
print("done")
