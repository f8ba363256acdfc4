"""The console sink's layout: header, table, one part per batch."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "2,two")
write("in/b.csv", "3,three")
df = spark.readStream.schema("id INT, word STRING").option("maxFilesPerTrigger", 1).csv(path("in"))
query = df.writeStream.format("console").trigger(availableNow=True).start()
query.awaitTermination()
print("done")
