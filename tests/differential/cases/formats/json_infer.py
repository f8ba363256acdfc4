"""What schema inference makes of JSON lines."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.json", '{"i": 1, "d": 1.5, "s": "x", "b": true, "n": null, "a": [1, 2], "o": {"k": 1}, "m": 1}', '{"i": 3000000000, "d": 2, "s": 5, "a": [2.5], "o": {"j": "y"}, "m": "z", "e": []}', '{"t": "2024-01-02T03:04:05Z", "day": "2024-01-02"}')
df = spark.read.json(path("a.json"))
df.printSchema()
df.show(truncate=False)
print(spark.read.option("primitivesAsString", True).json(path("a.json")).dtypes)
print(spark.read.option("inferTimestamp", True).json(path("a.json")).select("t", "day").dtypes)
print(spark.read.option("prefersDecimal", True).json(path("a.json")).select("d").dtypes)
print(spark.read.option("dropFieldIfAllNull", True).json(path("a.json")).columns)
