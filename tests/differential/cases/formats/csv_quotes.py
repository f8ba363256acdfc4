"""Quotes at odd places."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", 'a"b,c', '"a,b",c', '"open,c', '"a""b",c', '"a" x,c', "'a,b',c", '"",x', '" a ",y')
show = lambda df: print(*[tuple(r) for r in df.collect()], sep="\n", end="\n\n")
show(spark.read.schema("x STRING, y STRING").csv(path("a.csv")))
show(spark.read.schema("x STRING, y STRING").csv(path("a.csv"), quote=""))
show(spark.read.schema("x STRING, y STRING").csv(path("a.csv"), escape='"'))
show(spark.read.schema("x STRING, y STRING").csv(path("a.csv"), quote="'"))
