"""An aggregate without keys, in update and complete mode, is one row a batch."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2")
write("in/b.csv", "", "30")
df = spark.readStream.schema("v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
totals = df.agg(F.count("*").alias("rows"), F.count("v").alias("n"), F.sum("v").alias("sum"), F.avg("v").alias("avg"), F.min("v").alias("lo"), F.max("v").alias("hi"))
for mode in ("update", "complete"):
    totals.writeStream.outputMode(mode).format("console").trigger(availableNow=True).start().awaitTermination()
