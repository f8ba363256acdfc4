"""A query stopped and started again with its checkpoint reads only what is new."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run():
    df = spark.readStream.schema("id INT").csv(path("in"))
    query = df.writeStream.format("parquet").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out"))
    query.awaitTermination()
    return query

write("in/a.csv", "1", "2")
first = run()
write("in/b.csv", "3")
second = run()
third = run()
spark.read.parquet(path("out")).orderBy("id").show()
print(first.id == second.id == third.id, first.runId == second.runId)
print(first.lastProgress["batchId"], second.lastProgress["batchId"], second.lastProgress["sources"][0]["numInputRows"])
print([(p["batchId"], p["sources"][0]["numInputRows"]) for p in third.recentProgress])
