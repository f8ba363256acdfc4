"""Complete mode needs an aggregate."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
outcome(lambda: df.writeStream.outputMode("complete").format("noop").start(), without=["plan"])
outcome(lambda: df.dropDuplicates().writeStream.outputMode("complete").format("noop").start(), without=["plan"])
