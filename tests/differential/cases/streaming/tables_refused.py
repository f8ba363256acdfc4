"""Streams from and to tables that do not fit."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x", "2,y")
df = spark.readStream.schema("id INT, v STRING").csv(path("in"))
spark.sql("CREATE TABLE refused_t (id INT, v STRING) USING parquet PARTITIONED BY (v)")
writer = lambda name: df.writeStream.option("checkpointLocation", path(name)).trigger(availableNow=True)
outcome(lambda: writer("c1").format("json").toTable("refused_t"))
outcome(lambda: df.groupBy("v").count().writeStream.outputMode("complete").option("checkpointLocation", path("c2")).toTable("refused_t"))
writer("c3").toTable("refused_t").awaitTermination()
spark.table("refused_t").orderBy("id").show()
spark.range(2).createOrReplaceTempView("refused_batch")
df.createOrReplaceTempView("refused_stream")
outcome(lambda: spark.readStream.table("refused_batch").isStreaming)
print(spark.readStream.table("refused_stream").isStreaming, spark.readStream.table("refused_t").isStreaming)
outcome(lambda: df.writeStream.format("rate").start())
outcome(lambda: spark.readStream.format("noop").load().schema)
