"""A file that vanishes between listing and reading fails the query, unless it may."""
import os
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.json", '{"id": 1}')
df = spark.readStream.schema("id INT").json(path("in"))
query = df.writeStream.format("json").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out"))
query.awaitTermination()
write("in/b.json", '{"id": 2}')
os.remove(path("in/a.json"))
query = df.writeStream.format("json").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out"))
query.awaitTermination()
spark.read.json(path("out")).orderBy("id").show()
