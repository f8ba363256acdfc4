"""Metrics that cannot be observed."""
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x")
df = spark.readStream.schema("id INT, v STRING").csv(path("in"))
for metric in (F.countDistinct("id"), F.col("id"), F.sum(F.count("id")), F.row_number().over(Window.orderBy("id"))):
    outcome(lambda: df.observe("m", metric).schema)
outcome(lambda: df.observe("", F.sum("id")).schema, without=["operator"])
outcome(lambda: df.observe("m", F.sum("id")).observe("m", F.count("id")).schema)
