"""dropDuplicates with the event time among the columns: state goes when the watermark passes."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:00,x", "2024-01-01 10:00:00,x", "2024-01-01 10:00:00,y")
write("in/b.csv", "2024-01-01 11:00:00,x")
write("in/c.csv", "2024-01-01 10:00:00,late", "2024-01-01 11:00:00,x", "2024-01-01 11:00:00,z")
df = spark.readStream.schema("at TIMESTAMP, k STRING").option("maxFilesPerTrigger", 1).csv(path("in"))
query = df.withWatermark("at", "10 minutes").dropDuplicates(["at", "k"]).writeStream.format("memory").queryName("out").start()
query.processAllAvailable()
query.stop()
spark.table("out").orderBy("at", "k").show()
state = query.lastProgress["stateOperators"][0]
print(state["operatorName"], state["numRowsTotal"])
