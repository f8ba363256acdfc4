"""Two active queries cannot share a checkpoint."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
query = df.writeStream.format("noop").option("checkpointLocation", path("cp")).start()
query.processAllAvailable()
spark.conf.set("spark.sql.streaming.stopActiveRunOnRestart", "false")
try:
    df.writeStream.format("noop").option("checkpointLocation", path("cp")).start()
except Exception as error:
    print("refused", "is already active" in str(error))
query.stop()
