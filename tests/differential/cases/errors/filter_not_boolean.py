"""Conditions that are not boolean, and unions that do not fit."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a")], "i INT, s STRING")
outcome(lambda: df.where("i").collect(), without=["filter"])
outcome(lambda: df.where(F.col("s")).collect(), without=["filter"])
outcome(lambda: df.join(df.toDF("x", "y"), F.col("i")).collect())
outcome(lambda: df.union(df.select("i")).collect())
outcome(lambda: df.select("s").union(spark.sql("SELECT array(1)")).collect())
outcome(lambda: df.unionByName(df.toDF("i", "t")).collect())
outcome(lambda: spark.sql("SELECT 1 UNION SELECT 1, 2").collect())
