"""Old dates and timestamps through parquet, csv and json."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT DATE '0001-01-01' AS a, DATE '1582-10-04' AS b, DATE '9999-12-31' AS c, TIMESTAMP '1900-01-01 00:00:00' AS d, TIMESTAMP '0001-01-01 00:00:00' AS e")
for kind in ("parquet", "csv", "json"):
    df.write.format(kind).save(path(kind))
    print(kind, spark.read.format(kind).schema(df.schema).load(path(kind)).selectExpr("cast(a AS STRING)", "cast(b AS STRING)", "cast(c AS STRING)", "cast(d AS STRING)", "cast(e AS STRING)").collect())
