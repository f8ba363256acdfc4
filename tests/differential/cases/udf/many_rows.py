"""UDFs over more rows than one batch holds."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(50_000)
plain = F.udf(lambda i: i % 7, "bigint")

@F.pandas_udf("bigint")
def vector(i: pd.Series) -> pd.Series:
    return i % 7

print(df.select(F.sum(plain("id")), F.sum(vector("id")), F.count(plain("id"))).first())
spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 100)
print(df.mapInPandas(lambda fs: (pd.DataFrame({"n": [len(f)]}) for f in fs), "n INT").agg(F.sum("n"), F.max("n") <= 100).first())
