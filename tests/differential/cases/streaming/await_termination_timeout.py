"""awaitTermination with a timeout tells whether the query ended."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
query = spark.readStream.text(path("in")).writeStream.format("noop").start()
print(query.awaitTermination(1))
outcome(lambda: query.awaitTermination(-1))
outcome(lambda: query.awaitTermination("soon"))
query.stop()
print(query.awaitTermination(1), query.awaitTermination())
query.stop()
print(spark.streams.awaitAnyTermination())
