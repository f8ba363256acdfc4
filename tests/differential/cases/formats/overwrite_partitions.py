"""Overwriting partitions, static and dynamic."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "b")], "id INT, k STRING")
new = spark.createDataFrame([(9, "a")], "id INT, k STRING")
read = lambda: sorted(tuple(r) for r in spark.read.schema("id INT, k STRING").parquet(path("p")).collect())
df.write.partitionBy("k").parquet(path("p"))
new.write.mode("overwrite").partitionBy("k").option("partitionOverwriteMode", "dynamic").parquet(path("p"))
print(read())
new.write.mode("overwrite").partitionBy("k").parquet(path("p"))
print(read())
