"""createDataFrame from pandas: types, missing values, indexes, dates."""
import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
frame = pd.DataFrame({
    "i": [1, 2], "f": [1.5, np.nan], "s": ["a", None], "b": [True, False], "t": pd.to_datetime(["2024-01-02 03:04:05", None]), "n": pd.array([1, None], dtype="Int64"), "c": pd.Categorical(["x", "y"]), "l": [[1, 2], []], "i32": np.array([1, 2], dtype="int32"),
})
df = spark.createDataFrame(frame)
df.printSchema()
df.orderBy("i").show()
print(spark.createDataFrame(pd.DataFrame({"x": [1], "y": ["a"]}), ["p", "q"]).collect())
print(spark.createDataFrame(pd.DataFrame({"x": [1]}), "y DOUBLE").collect())
