"""JSON values read as other types than they look."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.json", '{"v": 1}', '{"v": 1.5}', '{"v": "1"}', '{"v": true}', '{"v": {"x": 1}}', '{"v": [1, 2]}', '{"v": null}', '{"V": 9}')
for kind in ("INT", "BIGINT", "DOUBLE", "STRING", "BOOLEAN", "DECIMAL(5,2)", "ARRAY<INT>", "STRUCT<x: INT>", "MAP<STRING, INT>", "BINARY"):
    print(kind, [r.v for r in spark.read.schema(f"v {kind}").json(path("a.json")).collect()])
