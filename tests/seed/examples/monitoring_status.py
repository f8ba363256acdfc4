"""Monitoring watermarking and latency: the status and progress of a query that writes to the console."""
import threading
from pyspark.sql import SparkSession

# What the example takes as given: a session, a stream, and someone who ends the query.
spark = SparkSession.builder.getOrCreate()
df = spark.readStream.schema("id INT, word STRING").csv("input")
threading.Timer(4, lambda: [q.stop() for q in spark.streams.active]).start()

query = df.writeStream \
    .format("console") \
    .trigger(processingTime="5 seconds") \
    .outputMode("append") \
    .start()

query.awaitTermination()

# We can monitor the query's status programmatically
print("Status:", query.status)
print("Recent progress:", query.lastProgress)
