"""A file stream other than text refuses to guess its schema."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,2")
write("in/a.json", '{"a": 1}')
outcome(lambda: spark.readStream.csv(path("in")).schema)
outcome(lambda: spark.readStream.json(path("in")).schema)
