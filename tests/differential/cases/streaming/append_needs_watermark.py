"""An aggregate in append mode needs a watermark on what it groups by."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:00,1")
df = spark.readStream.schema("at TIMESTAMP, v INT").csv(path("in"))
start = lambda frame: outcome(lambda: frame.writeStream.outputMode("append").format("noop").start(), without=["plan"])
start(df.groupBy("v").count())
start(df.agg(F.sum("v")))
start(df.groupBy(F.window("at", "1 minute")).count())
start(df.withWatermark("at", "1 minute").groupBy("v").count())
