"""A reader of a file sink's directory sees only the files in its log."""
import os, shutil
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1")
df = spark.readStream.schema("id INT").csv(path("in"))
df.writeStream.format("json").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out")).awaitTermination()
mine = [f for f in files("out") if f.startswith("part-")][0]
shutil.copy(path("out", mine), path("out", "part-00009-stranger.json"))
spark.read.json(path("out")).show()
stream = spark.readStream.schema("id INT").json(path("out"))
query = stream.writeStream.format("memory").queryName("copy").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("copy").show()
