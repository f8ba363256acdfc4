"""A second aggregate after the first is refused in update and complete mode."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,2")
df = spark.readStream.schema("a INT, b INT").csv(path("in"))
twice = df.groupBy("a", "b").count().groupBy("a").sum("count")
for mode in ("update", "complete", "append"):
    outcome(lambda: twice.writeStream.outputMode(mode).format("noop").start(), without=["plan"])
