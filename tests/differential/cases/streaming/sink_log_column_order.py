"""The order of columns of what a partitioned file sink wrote, with and without a schema."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x,2", "3,y,4")
df = spark.readStream.schema("a INT, b STRING, c INT").csv(path("in"))
query = df.writeStream.partitionBy("b").option("checkpointLocation", path("c")).trigger(availableNow=True).start(path("out"), format="parquet")
query.awaitTermination()
print(spark.read.parquet(path("out")).orderBy("a").collect())
print(spark.read.schema("a INT, b STRING, c INT").parquet(path("out")).orderBy("a").collect())
print(spark.read.schema("b STRING, a INT").parquet(path("out")).orderBy("a").collect())
print(spark.read.schema("c INT, a INT").parquet(path("out")).orderBy("a").collect())
print(spark.readStream.schema("a INT, b STRING, c INT").parquet(path("out")).columns)
