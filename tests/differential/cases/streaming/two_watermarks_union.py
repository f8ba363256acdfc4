"""With two watermarks the slower one counts, unless the policy says max."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("x/a.csv", "2024-01-01 10:00:00", "2024-01-01 11:00:00")
write("y/a.csv", "2024-01-01 10:00:30", "2024-01-01 10:10:00")

def run(policy):
    spark.conf.set("spark.sql.streaming.multipleWatermarkPolicy", policy)
    x = spark.readStream.schema("at TIMESTAMP").csv(path("x")).withWatermark("at", "1 minute")
    y = spark.readStream.schema("at TIMESTAMP").csv(path("y")).withWatermark("at", "2 minutes")
    counts = x.union(y).groupBy(F.window("at", "5 minutes")).count()
    query = counts.writeStream.outputMode("append").format("memory").queryName(f"out_{policy}").start()
    query.processAllAvailable()
    query.stop()
    print(policy, query.lastProgress["eventTime"]["watermark"])
    spark.table(f"out_{policy}").orderBy("window").show(truncate=False)

run("min")
run("max")
