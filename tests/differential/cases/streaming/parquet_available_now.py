"""A parquet directory as a stream."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.range(5).selectExpr("id", "id * 2 AS twice", "cast(id AS string) AS name").coalesce(1).write.parquet(path("in"))
df = spark.readStream.schema("id LONG, twice LONG, name STRING").parquet(path("in"))
query = df.where("id % 2 = 0").writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
