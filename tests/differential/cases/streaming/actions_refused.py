"""Actions on a streaming DataFrame are refused."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
for action in (df.collect, df.count, df.show, df.toPandas, df.first, lambda: df.limit(1).collect(), df.isEmpty):
    outcome(action, without=["plan"])
