"""Reading what is not there or not readable."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
outcome(lambda: spark.read.csv(path("nope")).collect())
outcome(lambda: spark.read.parquet(path("nope.parquet")).collect())
outcome(lambda: spark.read.format("nope").load(path("x")).collect())
outcome(lambda: spark.read.load().collect())
write("empty/_x")
outcome(lambda: spark.read.parquet(path("empty")).collect())
outcome(lambda: spark.read.json(path("empty")).collect())
outcome(lambda: spark.read.csv(path("a*b")).collect())
