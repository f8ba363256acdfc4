"""pandas UDFs over iterators of batches."""
from typing import Iterator, Tuple
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()

@F.pandas_udf("long")
def plus(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
    offset = 100
    for batch in batches:
        yield batch + offset

@F.pandas_udf("long")
def multiply(batches: Iterator[Tuple[pd.Series, pd.Series]]) -> Iterator[pd.Series]:
    for a, b in batches:
        yield a * b

spark.range(5).select(plus("id").alias("p"), multiply("id", "id").alias("m")).orderBy("p").show()
