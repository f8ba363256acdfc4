"""spark.sql.streaming.schemaInference lets a stream take its schema from the files that are there."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.streaming.schemaInference", "true")
write("in/a.json", '{"id": 1, "name": "x", "at": {"y": 2.5}}')
df = spark.readStream.json(path("in"))
df.printSchema()
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").show()
