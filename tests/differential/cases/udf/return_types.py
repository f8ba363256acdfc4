"""UDFs that return arrays, maps, structs, dates, decimals, binary."""
import datetime
from decimal import Decimal
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(1, 3).coalesce(1)
functions = {
    "array<int>": lambda i: [i, None], "map<string,int>": lambda i: {"k": i}, "struct<a: int, b: string>": lambda i: (i, "x"), "struct<a: int, c: string>": lambda i: Row(a=i, c="r"), "struct<a: int, d: int>": lambda i: {"d": 5, "a": i},
    "date": lambda i: datetime.date(2024, 1, i), "timestamp": lambda i: datetime.datetime(2024, 1, i, 3), "decimal(10,2)": lambda i: Decimal(i) / 4, "binary": lambda i: bytes([i]), "boolean": lambda i: i > 1, "string": lambda i: i, "array<struct<x: int>>": lambda i: [(i,)], "float": lambda i: i / 3, "bigint": lambda i: i * 10**12,
}
for kind, function in functions.items():
    print(kind, [r[0] for r in df.select(F.udf(function, kind)("id")).collect()])
