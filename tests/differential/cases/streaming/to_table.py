"""toTable writes into a table of the catalog; readStream.table reads one."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,one", "2,two")
df = spark.readStream.schema("id INT, word STRING").csv(path("in"))
query = df.writeStream.option("checkpointLocation", path("cp")).trigger(availableNow=True).toTable("words")
query.awaitTermination()
spark.table("words").orderBy("id").show()
print(spark.catalog.tableExists("words"))
again = spark.readStream.table("words")
print(again.isStreaming, again.schema.simpleString())
query = again.where("id = 2").writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").show()
