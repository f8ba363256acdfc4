"""explain() of a query that has not run a batch."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/.hidden", "x")
query = spark.readStream.text(path("in")).writeStream.format("noop").start()
query.processAllAvailable()
query.explain()
query.explain(True)
query.stop()
