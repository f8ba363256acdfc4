"""A pandas UDF on a stream, before an aggregate."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "a,1.0", "b,2.0", "a,3.0")

@F.pandas_udf("double")
def double(v: pd.Series) -> pd.Series:
    return v * 2

df = spark.readStream.schema("k STRING, v DOUBLE").csv(path("in"))
result = df.withColumn("v2", double("v")).groupBy("k").agg(F.sum("v2").alias("total"))
query = result.writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("k").show()
