"""spark.sql with named and positional arguments and DataFrames."""
import datetime

from outcome import outcome
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT :a + 1 AS x, :b AS y, :c AS z", args={"a": 5, "b": "it's", "c": None}).show()
spark.sql("SELECT ? AS x, ? AS y", args=[1.5, datetime.date(2024, 1, 2)]).show()
spark.sql("SELECT * FROM range(10) WHERE id > :lo AND id < :hi", {"lo": 3, "hi": 6}).show()
spark.sql("SELECT * FROM {df} WHERE id = 2", df=spark.range(4)).show()
spark.sql("SELECT :a AS arr", args={"a": F.array(F.lit(1), F.lit(2))}).show()
spark.sql("SELECT IDENTIFIER(:c) FROM range(2) ORDER BY 1", args={"c": "id"}).show()
outcome(lambda: spark.sql("SELECT :missing", args={"a": 1}).collect())
outcome(lambda: spark.sql("SELECT ?, ?", args=[1]).collect())
