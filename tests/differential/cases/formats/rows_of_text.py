"""`spark.read.json(df)` and `spark.read.csv(df)`: rows of text as lines of a file."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
json = spark.createDataFrame([('{"a": 1}',), ('{"a": 2, "b": "x"}',), ("{oops",)], ["value"])
df = spark.read.json(json)
df.printSchema()
print(sorted(map(str, df.collect())))
print(sorted(map(str, spark.read.schema("a INT").option("mode", "DROPMALFORMED").json(json).collect())))
csv = spark.createDataFrame([("a,b",), ("1,x",), ("2,y",)], ["value"])
print(spark.read.csv(csv).collect())
print(spark.read.option("header", True).option("inferSchema", True).csv(csv).collect())
