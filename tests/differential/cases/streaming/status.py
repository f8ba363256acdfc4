"""status before, during and after."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
query = spark.readStream.text(path("in")).writeStream.format("noop").start()
query.processAllAvailable()
print(sorted(query.status))
print(type(query.status["message"]).__name__, type(query.status["isDataAvailable"]).__name__, type(query.status["isTriggerActive"]).__name__)
query.stop()
print(query.status)
