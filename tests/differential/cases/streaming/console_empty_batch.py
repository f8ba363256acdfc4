"""A batch whose rows are all filtered away is printed as an empty table."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one")
df = spark.readStream.schema("id INT, word STRING").csv(path("in")).where("id > 10")
df.writeStream.format("console").trigger(availableNow=True).start().awaitTermination()
