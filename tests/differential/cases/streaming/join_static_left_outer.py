"""A stream with a table on the right side of a left outer join."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
names = spark.createDataFrame([(1, "one"), (2, "two")], "key INT, name STRING")
write("in/a.csv", "1,10", "2,20", "3,30", ",40")
df = spark.readStream.schema("id INT, v INT").csv(path("in"))
joined = df.join(names, df.id == names.key, "left")
query = joined.writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("v").show()
