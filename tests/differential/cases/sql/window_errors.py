"""window() with durations and columns that cannot be."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT TIMESTAMP '2024-01-01 10:00:00' AS at, 1 AS v, DATE '2024-01-01' AS d, 'x' AS s")
outcome(lambda: df.groupBy(F.window("at", "1 month")).count().collect())
outcome(lambda: df.groupBy(F.window("at", "soon")).count().collect())
outcome(lambda: df.groupBy(F.window("at", "0 seconds")).count().collect())
outcome(lambda: df.groupBy(F.window("at", "1 minute", "2 minutes")).count().collect())
outcome(lambda: df.groupBy(F.window("at", "1 minute", startTime="2 minutes")).count().collect())
outcome(lambda: df.groupBy(F.window("v", "1 minute")).count().collect())
outcome(lambda: df.groupBy(F.window("s", "1 minute")).count().collect())
outcome(lambda: df.groupBy(F.window("d", "1 day")).count().collect())
outcome(lambda: df.groupBy(F.window("at", "1 minute"), F.window("at", "2 minutes")).count().collect())
outcome(lambda: df.select(F.window_time("at")).collect())
