"""limit on a stream: over all batches in append mode, refused in update mode."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "a", "b")
write("in/b.txt", "c", "d")
df = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in"))
query = df.limit(3).writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
print(spark.table("out").count())
outcome(lambda: df.limit(3).writeStream.outputMode("update").format("noop").start(), without=["plan"])
outcome(lambda: df.offset(1).writeStream.format("noop").start(), without=["plan"])
outcome(lambda: df.groupBy("value").count().limit(2).writeStream.outputMode("update").format("noop").start(), without=["plan"])
