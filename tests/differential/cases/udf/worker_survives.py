"""A worker that fails does not take the next query with it; output of a UDF is not the script's."""
import os
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
boom = F.udf(lambda i: 1 / 0, "int")
leave = F.udf(lambda i: os._exit(3), "int")
for f in (boom, leave):
    try:
        spark.range(1).select(f("id")).collect()
        print("no error")
    except Exception as error:
        print("failed")
    print(spark.range(3).select(F.udf(lambda i: i + 1, "bigint")("id").alias("x")).agg(F.sum("x")).first()[0])
