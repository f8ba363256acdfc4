"""writeTo: create, append, overwrite, replace."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "b")], "id INT, s STRING")
df.writeTo("t").using("parquet").create()
print(spark.table("t").count())
outcome(lambda: df.writeTo("t").using("parquet").create())
try:
    df.writeTo("t").append()
    print(spark.table("t").count())
except Exception as error:
    print(type(error).__name__)
outcome(lambda: df.writeTo("nope").append())
