"""State of many types: decimals, dates, timestamps, booleans, binary and nested keys."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1.10,2024-01-01,true,a", "2.20,2024-01-02,false,b", "3.30,2024-01-01,true,a")
write("in/b.csv", "4.40,2024-01-01,true,a")
df = spark.readStream.schema("d DECIMAL(10,2), day DATE, b BOOLEAN, s STRING").option("maxFilesPerTrigger", 1).csv(path("in"))
result = df.groupBy("day", "b", F.struct("s", "b").alias("st"), F.array("s").alias("arr"), F.col("s").cast("binary").alias("bin")).agg(
    F.sum("d").alias("sum"), F.avg("d").alias("avg"), F.max("day").alias("last"), F.first("s").alias("first"))
query = result.writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("day").show(truncate=False)
spark.table("out").printSchema()
