"""Stars and generators where they may not be."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([([1], [2])], "a ARRAY<INT>, b ARRAY<INT>")
outcome(lambda: df.select(F.explode("a"), F.explode("b")).collect())
outcome(lambda: df.where(F.explode("a") > 1).collect())
outcome(lambda: df.select(F.explode(F.explode("a"))).collect())
outcome(lambda: df.selectExpr("upper(*)").collect())
outcome(lambda: df.select("x.*").collect())
outcome(lambda: df.groupBy().agg(F.explode("a")).collect())
