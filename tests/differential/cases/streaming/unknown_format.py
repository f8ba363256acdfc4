"""Formats that do not exist, as a source and as a sink."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
outcome(lambda: df.writeStream.format("nowhere").option("checkpointLocation", path("cp")).start())
outcome(lambda: spark.readStream.format("nowhere").load().schema)
outcome(lambda: spark.readStream.format("console").load().schema)
