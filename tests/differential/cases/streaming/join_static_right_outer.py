"""A table on the left and the stream on the right of a right outer join."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
names = spark.createDataFrame([(1, "one"), (2, "two")], "id INT, name STRING")
write("in/a.csv", "1,10", "3,30")
df = spark.readStream.schema("id INT, v INT").csv(path("in"))
query = names.join(df, "id", "right").writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("v").show()
