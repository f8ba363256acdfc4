"""Errors of the client itself."""
# connect
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.range(3)
outcome(lambda: df.select(5.5))
outcome(lambda: bool(df.id == 1))
outcome(lambda: df.nope)
outcome(lambda: df.dropDuplicates("id").count())
outcome(lambda: df.fillna(None))
outcome(lambda: df.fillna({}))
outcome(lambda: df.dropna(how="some"))
outcome(lambda: df.withColumn("x", 5))
outcome(lambda: df.sample(-1.0).count())
outcome(lambda: df.repartition("3").count())
outcome(lambda: F.col("a") and F.col("b"))
outcome(lambda: df.id in [1])
outcome(lambda: F.when(1, 2))
