"""withWatermark refuses bad delays and columns that are no timestamps."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "2024-01-01 10:00:00,1")
df = spark.readStream.schema("at TIMESTAMP, v INT").csv(path("in"))
outcome(lambda: df.withWatermark("at", "soon").schema)
outcome(lambda: df.withWatermark("at", "-1 hour").schema)
outcome(lambda: df.withWatermark("v", "1 hour").schema)
outcome(lambda: df.withWatermark("missing", "1 hour").schema)
outcome(lambda: df.withWatermark("", "1 hour"))
