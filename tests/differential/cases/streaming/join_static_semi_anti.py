"""Left semi and left anti joins of a stream with a table."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
known = spark.createDataFrame([(1,), (2,), (2,)], "id INT")
write("in/a.csv", "1,10", "2,20", "3,30")
df = spark.readStream.schema("id INT, v INT").csv(path("in"))
for how in ("left_semi", "left_anti"):
    query = df.join(known, "id", how).writeStream.format("memory").queryName(how).trigger(availableNow=True).start()
    query.awaitTermination()
    spark.table(how).orderBy("id").show()
