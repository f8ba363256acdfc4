"""The memory sink needs a query name, and a name can be active only once."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
outcome(lambda: df.writeStream.format("memory").start())
query = df.writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
outcome(lambda: df.writeStream.format("noop").queryName("out").start(), without=["id"])
query.stop()
again = df.writeStream.format("noop").queryName("out").start()
print(again.name)
again.stop()
