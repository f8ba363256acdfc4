"""Windows of a day, shown in the session's time zone; the file's zone option."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
write("in/a.csv", "2024-01-01 10:00:00,1", "2024-01-01T20:00:00Z,2", "2024-07-01 23:30:00,3")
df = spark.readStream.schema("at TIMESTAMP, v INT").csv(path("in"))
result = df.groupBy(F.window("at", "1 day")).agg(F.sum("v").alias("v"))
result.coalesce(1).writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start().awaitTermination()
spark.table("out").orderBy("window").show(truncate=False)
