"""describe and summary."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", 1.5), (2, "b", 2.5), (4, None, None)], "i INT, s STRING, d DOUBLE")
df.describe().show()
df.describe("i", "s").show()
df.summary().show()
df.summary("count", "min", "25%", "75%", "max").show()
df.select("s").describe().show()
df.limit(0).describe("i").show()
