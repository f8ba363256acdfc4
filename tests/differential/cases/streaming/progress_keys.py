"""The keys of a progress report, stateless query."""
import json

from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x", "y")
query = spark.readStream.text(path("in")).writeStream.format("noop").queryName("q").trigger(availableNow=True).start()
query.awaitTermination()
progress = query.lastProgress
print(sorted(progress.keys()))
print(sorted(progress["durationMs"].keys()))
print(sorted(progress["sources"][0].keys()), sorted(progress["sink"].keys()))
print(progress["name"], progress["batchId"], progress["stateOperators"], progress["id"] == str(query.id), progress["runId"] == str(query.runId))
source = progress["sources"][0]
print(source["description"], json.loads(source["endOffset"]), source["numInputRows"])
print(progress["sink"]["description"], progress["sink"]["numOutputRows"])
