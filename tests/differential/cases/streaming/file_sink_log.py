"""What the file sink's log holds."""
import json
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1")
df = spark.readStream.schema("id INT").csv(path("in"))
query = df.writeStream.format("json").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out"))
query.awaitTermination()
version, *entries = open(path("out/_spark_metadata/0")).read().splitlines()
print(version)
for entry in map(json.loads, entries):
    print(sorted(entry), entry["path"].startswith("file:///"), entry["size"], entry["isDir"], entry["blockReplication"], entry["action"])
