"""Wide characters, nulls, nested values and timestamps on the console."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.json", '{"s": "\u4f60\u597d", "n": [1, 2], "m": {"k": "v"}, "t": "2024-05-06T07:08:09.5Z"}', "{}")
df = spark.readStream.schema("s STRING, n ARRAY<INT>, m MAP<STRING, STRING>, t TIMESTAMP").json(path("in"))
df.coalesce(1).writeStream.format("console").option("truncate", "false").trigger(availableNow=True).start().awaitTermination()
