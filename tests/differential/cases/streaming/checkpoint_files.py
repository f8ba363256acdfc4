"""What the files of a checkpoint hold."""
import json
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1")
df = spark.readStream.schema("id INT").csv(path("in"))
query = df.writeStream.format("noop").option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
query.awaitTermination()
metadata = open(path("cp/metadata")).read()
print(sorted(json.loads(metadata)), json.loads(metadata)["id"] == str(query.id))
version, meta, *offsets = open(path("cp/offsets/0")).read().splitlines()
print(version, offsets)
meta = json.loads(meta)
print(sorted(meta), meta["batchWatermarkMs"], sorted(meta["conf"]))
print(open(path("cp/commits/0")).read().splitlines())
version, *entries = open(path("cp/sources/0/0")).read().splitlines()
print(version, [sorted(json.loads(e)) for e in entries], [json.loads(e)["batchId"] for e in entries])
