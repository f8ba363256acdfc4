"""A temporary view over a stream, queried with SQL."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x", "2,y", "3,x")
spark.readStream.schema("id INT, k STRING").csv(path("in")).createOrReplaceTempView("events")
df = spark.sql("SELECT k, count(*) AS n, sum(id) AS s FROM events GROUP BY k HAVING s > 1")
print(df.isStreaming, spark.table("events").isStreaming)
query = df.writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.sql("SELECT * FROM out ORDER BY k").show()
