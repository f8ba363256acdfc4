"""A file sink without a checkpoint location is refused."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "one")
df = spark.readStream.text(path("in"))
outcome(lambda: df.writeStream.format("parquet").start(path("out")))
outcome(lambda: df.writeStream.format("parquet").option("checkpointLocation", path("cp")).start())
