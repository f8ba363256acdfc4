"""The memory sink in update mode keeps every change, in complete mode the last result."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "x", "y")
write("in/b.txt", "x")
counts = spark.readStream.option("maxFilesPerTrigger", 1).text(path("in")).groupBy("value").count()
for mode in ("update", "complete"):
    query = counts.writeStream.outputMode(mode).format("memory").queryName(mode).trigger(availableNow=True).start()
    query.awaitTermination()
    spark.table(mode).orderBy("value", "count").show()
