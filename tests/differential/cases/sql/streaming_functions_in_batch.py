"""withWatermark, window and dropDuplicates on batch data do what they can."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES (TIMESTAMP '2024-01-01 10:00:00', 1), (TIMESTAMP '2023-01-01 10:00:00', 2), (TIMESTAMP '2024-01-01 10:00:30', 1) AS t(at, v)")
marked = df.withWatermark("at", "1 minute")
print(marked.count(), marked.isStreaming, sorted(marked.dropDuplicates(["v"]).select("v").collect()))
marked.groupBy(F.window("at", "1 minute")).agg(F.sum("v")).orderBy("window").show(truncate=False)
df.groupBy(F.window("at", "1 minute", "30 seconds", "5 seconds")).count().orderBy("window").show(truncate=False)
df.groupBy(F.session_window("at", F.when(F.col("v") == 1, "1 minute").otherwise("5 seconds"))).count().orderBy("session_window").show(truncate=False)
