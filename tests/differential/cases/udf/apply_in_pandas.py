"""applyInPandas over groups, with and without the key."""
import pandas as pd
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1.0), ("a", 3.0), ("b", 10.0)], "k STRING, v DOUBLE")

def centre(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(v=frame.v - frame.v.mean())

def summary(key, frame):
    return pd.DataFrame([[key[0], len(frame), frame.v.sum()]], columns=["k", "n", "total"])

df.groupBy("k").applyInPandas(centre, "k STRING, v DOUBLE").orderBy("k", "v").show()
df.groupBy("k").applyInPandas(summary, "k STRING, n LONG, total DOUBLE").orderBy("k").show()
df.groupBy().applyInPandas(lambda f: pd.DataFrame({"n": [len(f)]}), "n LONG").show()
df.groupBy((df.v > 2).alias("large")).applyInPandas(lambda key, f: pd.DataFrame({"large": [key[0]], "n": [len(f)]}), "large BOOLEAN, n LONG").orderBy("large").show()
