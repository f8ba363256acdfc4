"""mapInPandas: columns by name, missing columns, wrong types."""
import pandas as pd
from pyspark.sql import SparkSession
from outcome import brief

spark = SparkSession.builder.getOrCreate()
df = spark.range(2)

def attempt(function, schema):
    try:
        print(schema, sorted(map(tuple, df.coalesce(1).mapInPandas(function, schema).collect())))
    except Exception as error:
        print(schema, type(error).__name__)

attempt(lambda fs: (pd.DataFrame({"b": f.id, "a": f.id * 2}) for f in fs), "a LONG, b LONG")
attempt(lambda fs: (pd.DataFrame({"a": f.id}) for f in fs), "a LONG, b LONG")
attempt(lambda fs: (pd.DataFrame({"a": f.id, "x": f.id}) for f in fs), "a LONG")
attempt(lambda fs: (pd.DataFrame({"a": f.id.astype(str)}) for f in fs), "a LONG")
attempt(lambda fs: (pd.DataFrame({"a": f.id}) for f in fs), "a STRING")
attempt(lambda fs: iter([]), "a LONG")
attempt(lambda fs: (5 for f in fs), "a LONG")
