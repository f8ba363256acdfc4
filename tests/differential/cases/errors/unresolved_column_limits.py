"""Suggestions are ordered by likeness; at most five."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1,) * 8], ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"])
outcome(lambda: df.select("bet").collect())
outcome(lambda: df.select("xyz").collect())
outcome(lambda: df.select("thet").collect())
outcome(lambda: spark.createDataFrame([(1, 2)], ["a.b", "c d"]).select("ab").collect())
