"""A processing time that is no interval is refused at start."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "one")
df = spark.readStream.text(path("in"))
outcome(lambda: df.writeStream.format("noop").trigger(processingTime="often").start())
outcome(lambda: df.writeStream.format("noop").trigger(processingTime="1 month").start())
outcome(lambda: df.writeStream.format("noop").trigger(processingTime="-1 second").start())
