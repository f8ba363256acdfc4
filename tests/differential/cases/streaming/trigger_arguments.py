"""Triggers that the client refuses."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "one")
writer = spark.readStream.text(path("in")).writeStream
outcome(lambda: writer.trigger())
outcome(lambda: writer.trigger(once=True, availableNow=True))
outcome(lambda: writer.trigger(processingTime=""))
outcome(lambda: writer.trigger(processingTime=5))
outcome(lambda: writer.trigger(once=False))
outcome(lambda: writer.trigger(availableNow=False))
