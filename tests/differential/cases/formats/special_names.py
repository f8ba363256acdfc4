"""Columns with odd names through the formats."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, 2, 3)], ["a b", "x.y", "c,d"])
for kind in ("parquet", "json"):
    df.write.format(kind).save(path(kind))
    print(kind, sorted(spark.read.format(kind).load(path(kind)).columns))
df.write.option("header", True).csv(path("csv"))
print(spark.read.csv(path("csv"), header=True).columns)
outcome(lambda: spark.range(1).selectExpr("id", "id AS id").write.json(path("dup")))
