"""The types that unions settle on, and nullability."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for a, b in (("1", "2L"), ("1", "1.5"), ("1.50", "1.234"), ("1", "1.5D"), ("1L", "1.5F"), ("'a'", "NULL"), ("DATE '2024-01-01'", "TIMESTAMP '2024-01-01 00:00:00'"), ("1", "'x'"), ("array(1)", "array(2L)"), ("named_struct('a', 1)", "named_struct('a', 2.5D)"), ("true", "NULL"), ("1Y", "1S"), ("map('a', 1)", "map('b', 2L)"), ("INTERVAL 1 DAY", "INTERVAL 2 HOURS"), ("true", "1")):
    try:
        print(a, b, spark.sql(f"SELECT {a} AS v UNION ALL SELECT {b}").schema.simpleString())
    except Exception as error:
        print(a, b, type(error).__name__, error.getCondition())
