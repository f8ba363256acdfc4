"""The values of observed metrics in a progress, by type, and for each batch anew."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,x", "2,y", "3,x")
write("in/b.csv", "4,z")
df = spark.readStream.schema("id INT, v STRING").option("maxFilesPerTrigger", 1).csv(path("in"))
watched = df.observe("all", F.count(F.lit(1)).alias("n"), F.max("v").alias("last"), F.avg("id"), (F.sum("id") + 1).alias("more"), F.struct(F.min("id").alias("low"), F.lit("q").alias("c")).alias("s"), F.max(F.lit(None).cast("date")).alias("none"), F.max(F.lit("2020-01-01").cast("date")).alias("day"), F.max(F.lit("2020-01-01 10:00:00").cast("timestamp")).alias("time"), F.max(F.lit(1.5).cast("decimal(10,2)")).alias("price"), F.max(F.lit(True)).alias("yes"))
filtered = watched.where("id > 1").observe("rest", F.count(F.lit(1)).alias("n"))
query = filtered.groupBy("v").count().writeStream.outputMode("complete").format("noop").trigger(availableNow=True).start()
query.awaitTermination()
first = min(query.recentProgress, key=lambda p: p["batchId"])
for name in sorted(first["observedMetrics"]):
    print(name, first["observedMetrics"][name])
print([p["observedMetrics"]["all"]["n"] for p in query.recentProgress])
