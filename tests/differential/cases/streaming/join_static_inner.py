"""A stream joined with a table: inner, by column name."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
names = spark.createDataFrame([(1, "one"), (2, "two"), (2, "zwei")], "id INT, name STRING")
write("in/a.csv", "1,10", "2,20")
write("in/b.csv", "3,30", "2,21")
df = spark.readStream.schema("id INT, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
query = df.join(names, "id").writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id", "v", "name").show()
