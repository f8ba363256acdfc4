"""Partition directories become columns of the stream."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/day=1/lang=en/a.csv", "1", "2")
write("in/day=2/lang=de/a.csv", "3")
df = spark.readStream.schema("id INT, day INT, lang STRING").csv(path("in"))
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
