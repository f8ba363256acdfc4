"""FAILFAST over CSV and JSON that do not parse."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", "1,x", "two,y")
write("a.json", '{"a": 1}', "{bad")
for read in (lambda: spark.read.schema("a INT, b STRING").csv(path("a.csv"), mode="FAILFAST"), lambda: spark.read.schema("a INT").json(path("a.json"), mode="FAILFAST")):
    try:
        read().collect()
    except Exception as error:
        print(brief(error))
