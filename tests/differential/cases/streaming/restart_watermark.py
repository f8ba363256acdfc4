"""The watermark is kept in the checkpoint: a row that is late stays late after a restart."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()

def run():
    df = spark.readStream.schema("at TIMESTAMP, v INT").csv(path("in"))
    sums = df.withWatermark("at", "1 minute").groupBy(F.window("at", "1 minute")).agg(F.sum("v").alias("v"))
    query = sums.writeStream.format("json").option("checkpointLocation", path("cp")).trigger(availableNow=True).start(path("out"))
    query.awaitTermination()
    print([p["batchId"] for p in query.recentProgress])
    spark.read.schema("window STRUCT<start: TIMESTAMP, end: TIMESTAMP>, v INT").json(path("out")).orderBy("window").show(truncate=False)

write("in/a.csv", "2024-01-01 10:00:10,1", "2024-01-01 10:10:00,2")
run()
write("in/b.csv", "2024-01-01 10:00:20,4", "2024-01-01 10:10:10,8")
run()
write("in/c.csv", "2024-01-01 10:20:00,16")
run()
