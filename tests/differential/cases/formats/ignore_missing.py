"""ignoreMissingFiles, ignoreCorruptFiles, modifiedBefore and modifiedAfter."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.txt", "a")
write("in/b.txt", "b")
print(spark.read.option("modifiedBefore", "2023-11-14T22:13:21").text(path("in")).collect())
print(spark.read.option("modifiedAfter", "2023-11-14T22:13:20").text(path("in")).orderBy("value").collect())
print(spark.read.option("modifiedAfter", "2050-01-01T00:00:00").schema("value STRING").text(path("in")).count())
