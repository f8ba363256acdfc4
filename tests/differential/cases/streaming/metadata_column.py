"""The hidden column _metadata of a file stream."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2")
write("in/b.csv", "3")
df = spark.readStream.schema("id INT").csv(path("in"))
result = df.selectExpr("id", "_metadata.file_name", "_metadata.file_size", "_metadata.file_modification_time", "input_file_name() LIKE '%/in/_.csv' AS named")
query = result.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show(truncate=False)
