"""applyInPandas: empty results, column order, errors, many groups."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(30).withColumn("k", F.col("id") % 7)
print(df.groupBy("k").applyInPandas(lambda f: f.nsmallest(1, "id") if f.k.iloc[0] > 4 else f.head(0), df.schema).orderBy("k").collect())
print(df.groupBy("k").applyInPandas(lambda f: pd.DataFrame({"n": [len(f)], "k": [f.k.iloc[0]]}), "k LONG, n LONG").orderBy("k").collect())
try:
    df.groupBy("k").applyInPandas(lambda f: pd.DataFrame({"other": [1]}), "k LONG").collect()
except Exception as error:
    print(type(error).__name__)
print(df.groupBy("k").applyInPandas(lambda f: f.assign(r=f.id.rank()), "id LONG, k LONG, r DOUBLE").where("r = 1").count())
