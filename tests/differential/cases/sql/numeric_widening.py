"""The types that mixed numbers widen to."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()

def kind(expression):
    try:
        return spark.sql(f"SELECT {expression} AS r").dtypes[0][1]
    except Exception as error:
        return error.getCondition()

kinds = ["1Y", "1S", "1", "1L", "1.5F", "1.5D", "1.50BD", "'1'"]
for a in kinds:
    print(a, [kind(f"{a} + {b}") for b in kinds], [kind(f"coalesce({a}, {b})") for b in kinds])
