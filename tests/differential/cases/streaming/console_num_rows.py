"""The console sink's numRows, and the line that says there is more."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", *[str(i) for i in range(30)])
df = spark.readStream.schema("id INT").csv(path("in"))
df.writeStream.format("console").option("numRows", 3).trigger(availableNow=True).start().awaitTermination()
df.writeStream.format("console").trigger(availableNow=True).start().awaitTermination()
