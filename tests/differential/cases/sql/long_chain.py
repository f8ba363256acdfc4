"""A DataFrame that a loop made longer, a column at a time."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(2)
for step in range(120):
    df = df.withColumn(f"c{step}", F.col("id") + step)
print(len(df.columns))
print(df.select("c0", "c1", "c119").collect())

filtered = spark.range(200)
for step in range(60):
    filtered = filtered.filter(F.col("id") != step).withColumnRenamed("id", "id")
print(filtered.count())
