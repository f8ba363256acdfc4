"""The state operators of a progress report."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x", "y", "x")
write("in/b.txt", "x", "z")
counts = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in")).groupBy("value").count()
query = counts.writeStream.outputMode("update").format("noop").trigger(availableNow=True).start()
query.awaitTermination()
print(sorted(query.lastProgress["stateOperators"][0].keys()))
for p in query.recentProgress:
    state = p["stateOperators"][0]
    print(p["batchId"], state["operatorName"], state["numRowsTotal"], state["numRowsUpdated"], state["numRowsRemoved"], state["numShufflePartitions"], state["numStateStoreInstances"])
print(query.lastProgress["eventTime"])
