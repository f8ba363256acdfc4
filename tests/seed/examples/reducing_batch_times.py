"""Reducing batch processing times: a CSV file read with inferSchema, repartitioned and written again."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.read.csv("large_data.csv", inferSchema=True)
df = df.repartition(100)  # Reducing batch time by increasing parallelism
df.write.csv("output_path", mode="overwrite")

# What became of it.
import os
names = os.listdir("output_path")
print("part files:", sum(name.startswith("part-") and name.endswith(".csv") for name in names), "success:", "_SUCCESS" in names)
print("types:", df.dtypes)
back = spark.read.csv("output_path", inferSchema=True)
print("rows:", back.count(), "sum:", back.groupBy().sum("_c0").first()[0])
