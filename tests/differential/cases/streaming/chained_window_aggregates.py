"""Two windowed aggregates one after the other in append mode."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:10,1", "2024-01-01 10:01:10,2", "2024-01-01 10:05:10,4")
write("in/b.csv", "2024-01-01 10:30:00,8")
write("in/c.csv", "2024-01-01 11:30:00,16")
df = spark.readStream.schema("at TIMESTAMP, v INT").option("maxFilesPerTrigger", 1).csv(path("in"))
minutes = df.withWatermark("at", "1 minute").groupBy(F.window("at", "1 minute")).agg(F.sum("v").alias("v"))
tens = minutes.groupBy(F.window(F.window_time("window"), "10 minutes")).agg(F.sum("v").alias("v"), F.count("*").alias("n"))
query = tens.writeStream.outputMode("append").format("memory").queryName("out").start()
query.processAllAvailable()
query.stop()
spark.table("out").orderBy("window").show(truncate=False)
print([s["operatorName"] for s in query.lastProgress["stateOperators"]])
