"""window(), window_time and session_window over batch data."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES (TIMESTAMP '2024-01-01 10:00:00', 1), (TIMESTAMP '2024-01-01 10:04:59', 2), (TIMESTAMP '2024-01-01 10:05:00', 3), (TIMESTAMP '2024-01-01 10:20:00', 4) AS t(at, v)")
df.groupBy(F.window("at", "5 minutes")).sum("v").orderBy("window").show(truncate=False)
df.groupBy(F.window("at", "10 minutes", "5 minutes")).sum("v").orderBy("window").show(truncate=False)
df.groupBy(F.session_window("at", "6 minutes")).sum("v").orderBy("session_window").show(truncate=False)
df.groupBy(F.window("at", "5 minutes")).count().select(F.window_time("window").alias("wt"), "count").orderBy("wt").show(truncate=False)
df.select(F.window("at", "1 hour", startTime="15 minutes").start.alias("s"), "v").orderBy("v").show(truncate=False)
