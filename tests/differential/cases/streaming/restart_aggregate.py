"""An aggregate's state outlives the query."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run():
    counts = spark.readStream.text(path("in")).groupBy("value").count()
    query = counts.writeStream.outputMode("update").format("console").option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
    query.awaitTermination()

write("in/a.txt", "x")
run()
write("in/b.txt", "x")
run()
write("in/c.txt", "y")
run()
