"""The file sink as CSV with a header, and as text."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "2,two")
df = spark.readStream.schema("id INT, word STRING").csv(path("in"))
df.writeStream.format("csv").option("header", True).option("checkpointLocation", path("c1")).trigger(availableNow=True).start(path("o1")).awaitTermination()
df.select("word").writeStream.format("text").option("checkpointLocation", path("c2")).trigger(availableNow=True).start(path("o2")).awaitTermination()
spark.read.option("header", True).csv(path("o1")).orderBy("id").show()
spark.read.text(path("o2")).orderBy("value").show()
