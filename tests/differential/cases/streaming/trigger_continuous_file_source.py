"""The continuous trigger over a source that has none of it."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x")
df = spark.readStream.text(path("in"))
try:
    query = df.writeStream.format("noop").trigger(continuous="1 second").start()
    query.awaitTermination()
except Exception as error:
    print(type(error).__name__)
