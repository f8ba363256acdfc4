"""lit of every kind of Python value."""
import datetime
import decimal
import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
for value in (1, 2**40, 1.5, "x", True, None, b"ab", decimal.Decimal("1.50"), datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5), datetime.timedelta(hours=5), [1, 2], ["a"], [[1], [2]], np.int64(5), np.float32(1.5), np.array([1, 2]), -7):
    df = spark.range(1).select(F.lit(value).alias("v"))
    print(repr(value), df.dtypes[0][1], df.first()[0])
