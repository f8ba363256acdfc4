"""The number of shuffle partitions is the checkpoint's, not the session's."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run():
    query = spark.readStream.text(path("in")).groupBy("value").count().writeStream.outputMode("complete").format("noop").option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
    query.awaitTermination()
    print(query.lastProgress["stateOperators"][0]["numShufflePartitions"])

write("in/a.txt", "x")
spark.conf.set("spark.sql.shuffle.partitions", "3")
run()
spark.conf.set("spark.sql.shuffle.partitions", "5")
write("in/b.txt", "x")
run()
