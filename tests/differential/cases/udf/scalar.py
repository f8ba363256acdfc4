"""Python UDFs: decorators, return types, nulls, several arguments."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, None), (None, "c")], "i INT, s STRING")
plain = F.udf(lambda i: None if i is None else i + 1, IntegerType())

@F.udf
def as_text(i):
    return f"<{i}>"

@F.udf("double")
def mixed(i, s):
    return float(i or 0) + len(s or "")

result = df.select("i", plain("i"), as_text("i"), mixed("i", "s").alias("m"), plain(plain("i")).alias("twice"))
result.orderBy("i").show()
result.printSchema()
