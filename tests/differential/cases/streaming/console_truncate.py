"""The console sink cuts cells at 20 characters unless told not to."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,a text that is longer than twenty characters", "2,short")
df = spark.readStream.schema("id INT, word STRING").csv(path("in"))
df.writeStream.format("console").trigger(availableNow=True).start().awaitTermination()
df.writeStream.format("console").option("truncate", False).trigger(availableNow=True).start().awaitTermination()
