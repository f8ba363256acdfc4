"""The file sink takes append mode only; the memory sink takes no repeated name."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
counts = df.groupBy("value").count()
for mode in ("update", "complete"):
    outcome(lambda: counts.writeStream.outputMode(mode).format("parquet").option("checkpointLocation", path("cp")).start(path("out")))
