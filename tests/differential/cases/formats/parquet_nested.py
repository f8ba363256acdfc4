"""Nested parquet: choosing inner fields, lists of structs, maps, nulls at every level."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path

spark = SparkSession.builder.getOrCreate()
schema = "id INT, s STRUCT<a: INT, b: STRUCT<c: STRING, d: ARRAY<INT>>>, xs ARRAY<STRUCT<k: STRING, v: INT>>, m MAP<STRING, ARRAY<INT>>"
rows = [(1, (1, ("x", [1, None])), [("p", 1), None], {"k": [1]}), (2, None, None, None), (3, (None, None), [], {}), (4, (5, (None, None)), [(None, None)], {"a": None})]
spark.createDataFrame(rows, schema).write.parquet(path("p"))
back = spark.read.parquet(path("p"))
for row in back.orderBy("id").collect():
    print(row)
back.select("id", "s.b.d", "xs.v", F.col("m")["k"].alias("mk")).orderBy("id").show()
print(back.where("s.b.c = 'x'").count(), back.where("size(xs) = 0").count(), back.where("s IS NULL").count())
