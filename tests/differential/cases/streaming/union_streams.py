"""The union of two streams of different formats."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("x/a.csv", "1,one")
write("y/a.json", '{"word": "two", "id": 2}')
x = spark.readStream.schema("id INT, word STRING").csv(path("x"))
y = spark.readStream.schema("id INT, word STRING").json(path("y"))
query = x.unionByName(y).writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
print(len(query.lastProgress["sources"]), query.lastProgress["numInputRows"])
