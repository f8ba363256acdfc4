"""Counting and choosing columns of CSV files with bad rows."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", "1,a,x", "bad,b,y", "3,c")
df = spark.read.schema("i INT, s STRING, t STRING").csv(path("a.csv"))
print(df.count(), df.select("s").collect(), df.where("i IS NULL").select("t").collect())
dropped = spark.read.schema("i INT, s STRING, t STRING").csv(path("a.csv"), mode="DROPMALFORMED")
print(dropped.count(), dropped.select("s").collect(), len(dropped.collect()))
