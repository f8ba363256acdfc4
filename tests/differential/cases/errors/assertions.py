"""assert_true and raise_error as DataFrame functions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.range(3)
outcome(lambda: df.select(F.assert_true(df.id < 2, "too big")).collect(), without=["errorParams"])
outcome(lambda: df.select(F.raise_error("stop")).collect(), without=["errorParams"])
outcome(lambda: df.select(F.assert_true(df.id < 5)).collect())
