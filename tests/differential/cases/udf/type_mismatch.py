"""UDFs whose result is not of the declared type give null or a conversion."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(1)
for kind, value in (("int", "5"), ("int", 5.7), ("int", True), ("double", 3), ("string", 5), ("string", [1]), ("boolean", 1), ("bigint", 2**40), ("float", 1.1)):
    try:
        print(kind, repr(value), repr(df.select(F.udf(lambda i: value, kind)("id")).first()[0]))
    except Exception as error:
        print(kind, repr(value), type(error).__name__)
