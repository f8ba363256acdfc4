"""Streaming-only sources read as a batch."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
outcome(lambda: spark.read.format("rate").load().collect())
outcome(lambda: spark.read.format("socket").option("host", "127.0.0.1").option("port", 9).load().collect())
outcome(lambda: spark.read.format("rate-micro-batch").option("rowsPerBatch", 1).load().collect())
