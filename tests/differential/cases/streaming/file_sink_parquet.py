"""The file sink writes parquet files and the log of what belongs to it."""
from pyspark.sql import SparkSession
from scratch import files, path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "2,two")
write("in/b.csv", "3,three")
df = spark.readStream.schema("id INT, word STRING").option("maxFilesPerTrigger", 1).csv(path("in"))
query = df.writeStream.format("parquet").option("path", path("out")).option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
query.awaitTermination()
spark.read.parquet(path("out")).orderBy("id").show()
print(files("out"))
print(files("cp"))
