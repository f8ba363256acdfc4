"""createDataFrame from Arrow tables and NumPy arrays."""
from decimal import Decimal
import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
table = pa.table({"i": pa.array([1, None], pa.int32()), "s": ["a", "b"], "d": pa.array([1.5, 2.5]), "l": [[1], None], "t": pa.array([0, 1_000_000], pa.timestamp("us")), "z": pa.array([0, 1_000_000], pa.timestamp("us", "UTC")), "dec": pa.array([Decimal('1.10'), None], pa.decimal128(20, 2))})
df = spark.createDataFrame(table)
df.printSchema()
df.orderBy("s").show()
print(spark.createDataFrame(np.array([[1, 2], [3, 4]]), ["a", "b"]).collect(), spark.createDataFrame(np.array([1.5, 2.5])).dtypes)
