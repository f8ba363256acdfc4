"""Grouping a stream by expressions and by columns that hold nulls."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "Ann,1", "bob,2", ",3")
write("in/b.csv", "ANN,4", ",5")
df = spark.readStream.schema("name STRING, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
result = df.groupBy(F.upper("name").alias("name"), (F.col("v") % 2 == 0).alias("even")).agg(F.sum("v").alias("v"))
query = result.writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("name", "even").show()
