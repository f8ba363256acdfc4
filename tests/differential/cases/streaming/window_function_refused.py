"""Window functions other than by time are refused on streams."""
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1,2")
df = spark.readStream.schema("a INT, b INT").csv(path("in"))
ranked = df.withColumn("r", F.row_number().over(Window.partitionBy("a").orderBy("b")))
outcome(lambda: ranked.writeStream.format("noop").start(), without=["plan", "windowFunc", "windowSpec", "columnName", "columnAliasName"])
