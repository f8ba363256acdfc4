"""A UDF that raises ends the query; the engine lives on."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "0")

@F.udf("int")
def invert(v):
    return 1 // v

df = spark.readStream.schema("v INT").csv(path("in"))
query = df.select(invert("v")).writeStream.format("noop").start()
try:
    query.awaitTermination()
except Exception as error:
    print(brief(error), "ZeroDivisionError" in str(error))
print(query.isActive, "ZeroDivisionError" in str(query.exception()))
print(spark.range(3).count())
