"""A stream cross joined with a table, with a condition on both."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
limits = spark.createDataFrame([("low", 0, 10), ("high", 10, 100)], "name STRING, lo INT, hi INT")
write("in/a.csv", "5", "10", "99", "100")
df = spark.readStream.schema("v INT").csv(path("in"))
named = df.crossJoin(limits).where("v >= lo AND v < hi").select("v", "name")
query = named.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("v").show()
