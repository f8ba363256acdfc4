"""transpose."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1, 2), ("b", 3, 4)], "k STRING, x INT, y INT")
df.transpose().show()
df.select("k", "x").transpose("k").show()
