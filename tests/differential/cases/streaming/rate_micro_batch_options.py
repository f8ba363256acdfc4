"""Options of the rate-micro-batch source that are missing or wrong."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
reader = lambda: spark.readStream.format("rate-micro-batch")
outcome(lambda: reader().load().writeStream.format("noop").trigger(availableNow=True).start().awaitTermination(2))
outcome(lambda: reader().option("rowsPerBatch", 0).load().schema)
outcome(lambda: reader().option("rowsPerBatch", 1).option("numPartitions", -1).load().schema)
