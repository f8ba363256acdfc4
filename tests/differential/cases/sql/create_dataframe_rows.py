"""createDataFrame from Rows, dictionaries and named tuples."""
from collections import namedtuple
from pyspark.sql import Row, SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark.createDataFrame([Row(id=1, s="a"), Row(id=2, s="b")]).collect())
print(spark.createDataFrame([{"id": 1, "s": "a"}, {"id": 2}]).collect())
print(spark.createDataFrame([{"b": 1, "a": 2}]).columns)
Point = namedtuple("Point", "x y")
print(spark.createDataFrame([Point(1, 2.5)]).collect())
Person = Row("name", "age")
print(spark.createDataFrame([Person("ann", 5)]).dtypes)
print(spark.createDataFrame([Row(id=1, inner=Row(a=1, b=[1, 2]), m={"k": 1})]).schema.simpleString())
print(spark.createDataFrame([{"s": 1, "id": "x"}], "id STRING, s INT").collect())
