"""Rows that do not fit: the three modes and the column for bad rows."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
show = lambda df: print([tuple(r) for r in df.collect()])
write("a.csv", "1,a", "x,b", "3", "4,d,extra", "")
schema = "id INT, s STRING"
show(spark.read.schema(schema).csv(path("a.csv")))
show(spark.read.schema(schema + ", _corrupt_record STRING").csv(path("a.csv")))
show(spark.read.schema(schema + ", bad STRING").csv(path("a.csv"), columnNameOfCorruptRecord="bad"))
show(spark.read.schema(schema).csv(path("a.csv"), mode="DROPMALFORMED"))
print(spark.read.schema(schema).csv(path("a.csv"), mode="DROPMALFORMED").count(), spark.read.schema(schema).csv(path("a.csv")).count())
