"""Numbers in JSON: large, fractions, exponents, not a number."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.json", '{"a": 9223372036854775807, "b": 1e3, "c": 0.1, "d": 12345678901234567890123}', '{"a": 9223372036854775808, "b": 1.0, "c": 1E-5, "d": 1}')
df = spark.read.json(path("a.json"))
print(df.dtypes, df.collect())
print(spark.read.schema("a BIGINT, b INT, c DECIMAL(10,6), d DECIMAL(38,0)").json(path("a.json")).collect())
write("b.json", '{"v": NaN}', '{"v": Infinity}', '{"v": "-Infinity"}', '{"v": "NaN"}', '{"v": "1.5"}')
print([str(r.v) for r in spark.read.schema("v DOUBLE").json(path("b.json")).collect()])
