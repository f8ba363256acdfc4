"""Null values, empty strings, white space, special numbers."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
show = lambda df: print([tuple(r) for r in df.collect()])
write("a.csv", '1,,""', "2,NA,x", "3, pad ,-")
show(spark.read.csv(path("a.csv")))
show(spark.read.csv(path("a.csv"), nullValue="NA"))
show(spark.read.csv(path("a.csv"), emptyValue="EMPTY"))
show(spark.read.csv(path("a.csv"), ignoreLeadingWhiteSpace=True, ignoreTrailingWhiteSpace=True))
write("b.csv", "1.5,NaN", "inf,-inf", "Infinity,x")
show(spark.read.schema("a DOUBLE, b DOUBLE").csv(path("b.csv")))
show(spark.read.schema("a DOUBLE, b DOUBLE").csv(path("b.csv"), nanValue="x", positiveInf="inf", negativeInf="-inf"))
