"""A text stream has one column, value, and needs no schema."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "to be", "or not")
write("in/b.txt", "to be")
df = spark.readStream.text(path("in"))
df.printSchema()
query = df.groupBy("value").count().writeStream.format("memory").queryName("out").outputMode("complete").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("value").show()
