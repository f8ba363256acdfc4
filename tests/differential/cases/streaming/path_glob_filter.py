"""pathGlobFilter picks files by name; hidden files are never read."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.log", "log")
write("in/a.txt", "text")
write("in/_hidden.log", "hidden")
write("in/.dot.log", "dot")
df = spark.readStream.option("pathGlobFilter", "*.log").text(path("in"))
query = df.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").show()
