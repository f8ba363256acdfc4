"""Sinks without partitions, columns that are not there, and clusterBy."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x", "2,y")
df = spark.readStream.schema("id INT, v STRING").csv(path("in"))
writer = lambda: df.writeStream.partitionBy("v").trigger(availableNow=True)
outcome(lambda: writer().format("memory").queryName("m").start())
outcome(lambda: writer().foreachBatch(lambda batch, batch_id: None).start())
outcome(lambda: writer().foreach(lambda row: None).start())
outcome(lambda: writer().format("noop").start().awaitTermination())
outcome(lambda: df.writeStream.partitionBy("nope").format("parquet").option("path", path("o")).option("checkpointLocation", path("c")).start())
outcome(lambda: df.writeStream.clusterBy("id").partitionBy("v").format("noop").start())
df.writeStream.clusterBy("id").format("parquet").option("path", path("clustered")).option("checkpointLocation", path("c2")).trigger(availableNow=True).start().awaitTermination()
spark.read.parquet(path("clustered")).orderBy("id").show()
