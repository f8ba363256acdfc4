"""A session that is stopped and made again goes on from the checkpoint."""
# isolated
from pyspark.sql import SparkSession
from scratch import path, write

def run():
    spark = SparkSession.builder.appName("again").master("local[2]").config("spark.sql.shuffle.partitions", "2").getOrCreate()
    counts = spark.readStream.text(path("in")).groupBy("value").count()
    query = counts.writeStream.outputMode("complete").format("memory").queryName("out").option("checkpointLocation", path("cp")).trigger(availableNow=True).start()
    query.awaitTermination()
    print(sorted(map(tuple, spark.table("out").collect())), query.lastProgress["batchId"])
    spark.stop()

write("in/a.txt", "x", "y")
run()
write("in/b.txt", "x")
run()
