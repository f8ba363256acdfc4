"""A stream over a directory that does not exist."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path

spark = SparkSession.builder.getOrCreate()
outcome(lambda: spark.readStream.text(path("nowhere")).schema)
