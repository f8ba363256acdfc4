"""A directory of JSON lines with nested fields."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.json", '{"id": 1, "tags": ["x", "y"], "at": {"lat": 1.5}}', '{"id": 2, "tags": []}')
write("in/b.json", '{"id": 3, "at": {"lat": -2}}')
df = spark.readStream.schema("id LONG, tags ARRAY<STRING>, at STRUCT<lat: DOUBLE>").json(path("in"))
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show(truncate=False)
spark.table("out").printSchema()
