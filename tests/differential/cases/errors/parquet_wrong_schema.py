"""A parquet file read with types that it does not have."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.createDataFrame([(1, "x")], "a INT, b STRING").coalesce(1).write.parquet(path("p"))
print(spark.read.schema("a BIGINT, c STRING").parquet(path("p")).collect())
try:
    spark.read.schema("b INT").parquet(path("p")).collect()
except Exception as error:
    print(brief(error))
