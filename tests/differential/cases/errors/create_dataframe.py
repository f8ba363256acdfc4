"""Data that does not fit its schema."""
# connect
from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
schema = StructType([StructField("i", IntegerType(), False), StructField("s", StringType())])
outcome(lambda: spark.createDataFrame([(None, "a")], schema).collect())
outcome(lambda: spark.createDataFrame([("x", "a")], schema).collect())
outcome(lambda: spark.createDataFrame([(1, "a", 3)], schema).collect())
outcome(lambda: spark.createDataFrame([(2**40, "a")], schema).collect())
outcome(lambda: spark.createDataFrame([]))
outcome(lambda: spark.createDataFrame([(None,)]).collect())
outcome(lambda: spark.createDataFrame([(1,), ("a",)]).collect())
outcome(lambda: spark.createDataFrame(5))
