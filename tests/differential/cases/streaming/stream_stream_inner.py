"""An inner join of two streams, in append and in update mode."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("x/a.csv", "1", "2")
write("y/a.csv", "2", "3")
x = spark.readStream.schema("id INT").csv(path("x"))
y = spark.readStream.schema("id INT").csv(path("y"))
for mode in ("append", "update"):
    query = lambda: x.join(y, "id").writeStream.outputMode(mode).format("memory").queryName(mode).trigger(availableNow=True).start()
    outcome(lambda: query().awaitTermination())
outcome(lambda: spark.table("append").show())
