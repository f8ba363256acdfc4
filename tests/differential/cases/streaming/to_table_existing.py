"""toTable into a table that is there, and into a view."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE words (id INT, word STRING) USING parquet")
write("in/a.csv", "1,one")
df = spark.readStream.schema("id INT, word STRING").csv(path("in"))
df.writeStream.option("checkpointLocation", path("cp")).trigger(availableNow=True).toTable("words").awaitTermination()
print(spark.table("words").count())
spark.range(1).createOrReplaceTempView("v")
outcome(lambda: df.writeStream.option("checkpointLocation", path("cp2")).toTable("v"))
outcome(lambda: spark.readStream.table("nowhere").schema)
