"""The types that mixed numbers widen to."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
kinds = ["1Y", "1S", "1", "1L", "1.5F", "1.5D", "1.50BD", "'1'"]
for a in kinds:
    print(a, [spark.sql(f"SELECT {a} + {b} AS r").dtypes[0][1] for b in kinds], [spark.sql(f"SELECT coalesce({a}, {b}) AS r").dtypes[0][1] for b in kinds])
