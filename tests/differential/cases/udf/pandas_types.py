"""Types that pandas UDFs see and give."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 1Y AS a, 2S AS b, 3 AS c, 4L AS d, 1.5F AS e, 2.5D AS f, 'x' AS g, true AS h, DATE '2024-01-02' AS i, TIMESTAMP '2024-01-02 03:04:05' AS j, 1.10BD AS k, X'41' AS l, array(1, 2) AS m, map('k', 1) AS n, named_struct('x', 1) AS o, TIMESTAMP_NTZ '2024-01-02 03:04:05' AS p, INTERVAL '1' DAY AS q")

@F.pandas_udf("string")
def see(v: pd.Series) -> pd.Series:
    return pd.Series([f"{v.dtype} {type(v.iloc[0]).__name__}"]) if isinstance(v, pd.Series) else pd.Series([f"frame {list(v.columns)}"])

for name in df.columns:
    if name != "o":
        print(name, df.select(see(name)).first()[0])
