"""recentProgress holds a report per batch, and no more than the setting says."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.streaming.numRecentProgressUpdates", "2")
for i in range(4):
    write(f"in/f{i}.txt", *["line"] * (i + 1))
df = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in"))
query = df.writeStream.format("noop").trigger(availableNow=True).start()
query.awaitTermination()
print([(p["batchId"], p["sources"][0]["numInputRows"]) for p in query.recentProgress])
