"""Options of the rate source that are wrong."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
reader = lambda: spark.readStream.format("rate")
outcome(lambda: reader().option("rowsPerSecond", 0).load().schema)
outcome(lambda: reader().option("numPartitions", 0).load().schema)
outcome(lambda: reader().option("rampUpTime", "-5s").load().schema)
outcome(lambda: reader().schema("x INT").load().schema)
