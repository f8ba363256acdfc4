"""dropDuplicatesWithinWatermark without a watermark, and on a batch DataFrame."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x")
df = spark.readStream.schema("id INT, v STRING").csv(path("in"))
outcome(lambda: df.dropDuplicatesWithinWatermark(["id"]).writeStream.format("noop").start(), without=["plan"])
outcome(lambda: spark.range(3).dropDuplicatesWithinWatermark().collect(), without=["plan"])
