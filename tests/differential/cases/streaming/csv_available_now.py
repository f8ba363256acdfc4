"""A CSV directory read to its end into a memory table."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "2,two")
write("in/b.csv", "3,three")
df = spark.readStream.schema("id INT, word STRING").csv(path("in"))
print(df.isStreaming, df.schema.simpleString())
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
print(query.isActive, query.exception())
