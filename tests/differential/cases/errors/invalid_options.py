"""Options of readers and writers that make no sense."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", "1,2")
outcome(lambda: spark.read.option("mode", "NOPE").csv(path("a.csv")).collect())
outcome(lambda: spark.read.option("header", "perhaps").csv(path("a.csv")).collect())
outcome(lambda: spark.read.option("sep", "").csv(path("a.csv")).collect())
outcome(lambda: spark.read.option("maxColumns", "x").csv(path("a.csv")).collect())
outcome(lambda: spark.range(1).write.option("compression", "nope").json(path("o")))
outcome(lambda: spark.range(1).write.option("compression", "nope").parquet(path("o")))
outcome(lambda: spark.read.option("encoding", "nope").csv(path("a.csv")).collect())
outcome(lambda: spark.read.option("dateFormat", "bb").schema("a DATE, b INT").csv(path("a.csv")).collect())
