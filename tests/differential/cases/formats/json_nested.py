"""Nested JSON: arrays of objects, missing and extra fields, schema given."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.json", '{"id": 1, "items": [{"sku": "x", "n": 1, "more": {"z": [1]}}, {"sku": "y"}], "extra": 5}', '{"items": null, "id": 2}', '{"id": 3, "items": [null, {}]}', '{"id": 4, "items": {"sku": "single"}}')
df = spark.read.json(path("a.json"))
df.printSchema()
given = spark.read.schema("id INT, items ARRAY<STRUCT<sku: STRING, n: INT>>").json(path("a.json"))
given.orderBy("id").show(truncate=False)
given.selectExpr("id", "inline_outer(items)").orderBy("id", "sku").show()
