"""lastProgress of a query that had nothing to do."""
import os
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
os.makedirs(path("in"))
query = spark.readStream.text(path("in")).writeStream.format("noop").trigger(availableNow=True).start()
query.awaitTermination()
print(query.exception(), query.isActive)
for p in query.recentProgress:
    print(p["batchId"], p["sources"][0]["numInputRows"], p["sources"][0]["endOffset"], sorted(p["durationMs"]), p["sink"]["numOutputRows"])
