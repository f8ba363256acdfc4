"""Several paths, globs, filters by name, recursion, format and load."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a/1.csv", "1")
write("a/2.txt", "2")
write("b/3.csv", "3")
write("b/sub/4.csv", "4")
values = lambda df: sorted(r[0] for r in df.collect())
print(values(spark.read.csv([path("a"), path("b")])))
print(values(spark.read.csv(path("*/*.csv"))))
print(values(spark.read.csv(path("{a,b}"))))
print(values(spark.read.csv(path("a"), pathGlobFilter="*.csv")))
print(values(spark.read.csv(path("b"), recursiveFileLookup=True)))
print(values(spark.read.format("csv").load(path("a/[0-9].csv"))))
print(values(spark.read.load(path("b/3.csv"), format="csv", schema="x INT")))
print(values(spark.read.csv("file://" + path("a/1.csv"))))
print(values(spark.sql(f"SELECT * FROM csv.`{path('a/1.csv')}`")))
