"""The socket source needs a host and a port, and takes no schema."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
outcome(lambda: spark.readStream.format("socket").load().schema)
outcome(lambda: spark.readStream.format("socket").option("host", "127.0.0.1").load().schema)
outcome(lambda: spark.readStream.format("socket").option("host", "127.0.0.1").option("port", 9).option("includeTimestamp", "often").load().schema)
timed = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", 9).option("includeTimestamp", True).load()
timed.printSchema()
