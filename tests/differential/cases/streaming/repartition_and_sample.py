"""repartition, coalesce, sortWithinPartitions and sample on a stream."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "3", "1", "2")
df = spark.readStream.schema("id INT").csv(path("in"))
query = df.repartition(2).coalesce(1).writeStream.format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("id").show()
outcome(lambda: df.sortWithinPartitions("id").writeStream.format("noop").start(), without=["plan"])
outcome(lambda: df.sample(0.5).writeStream.format("noop").trigger(availableNow=True).start().awaitTermination())
