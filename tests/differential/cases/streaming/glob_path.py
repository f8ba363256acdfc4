"""A glob in the path of a stream."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/2024-01/a.txt", "jan")
write("in/2024-02/a.txt", "feb")
write("in/2025-01/a.txt", "no")
df = spark.readStream.text(path("in") + "/2024-*")
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("value").show()
