"""Timestamps written in one session time zone and read in another."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
df = spark.sql("SELECT TIMESTAMP '2024-07-01 12:00:00' AS t, TIMESTAMP_NTZ '2024-07-01 12:00:00' AS n")
for kind in ("parquet", "csv", "json"):
    df.coalesce(1).write.format(kind).save(path(kind))
print(spark.read.text(path("csv")).collect(), spark.read.text(path("json")).collect())
spark.conf.set("spark.sql.session.timeZone", "America/New_York")
for kind in ("parquet", "csv", "json"):
    print(kind, spark.read.schema("t TIMESTAMP, n TIMESTAMP_NTZ").format(kind).load(path(kind)).selectExpr("cast(t AS STRING)", "cast(n AS STRING)").first())
