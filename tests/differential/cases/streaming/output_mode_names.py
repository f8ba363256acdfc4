"""Output mode names: any case; others are refused."""
from outcome import outcome
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
outcome(lambda: df.writeStream.outputMode("APPEND").format("noop").trigger(availableNow=True).start().awaitTermination())
outcome(lambda: df.writeStream.outputMode("sometimes").format("noop").start())
