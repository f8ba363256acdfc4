"""Monitoring structured streaming with code: a loop that prints status and progress while the query runs."""
import threading
from pyspark.sql import SparkSession

# What the example takes as given: a session, a stream, and someone who ends the query.
spark = SparkSession.builder.getOrCreate()
df = spark.readStream.schema("id INT, word STRING").csv("input")
threading.Timer(7.5, lambda: [q.stop() for q in spark.streams.active]).start()

query = df.writeStream.format("console").start()
# Check the status and progress every 5 seconds
import time
while query.isActive:
    time.sleep(5)
    print("Query Status:", query.status)
    print("Last Progress:", query.lastProgress)
