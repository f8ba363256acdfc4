"""Columns of user-defined types: made, passed on, in SQL, in arrays and structs."""

from pyspark.sql import Row, SparkSession
from pyspark.sql.functions import col
from pyspark.sql.types import ArrayType, DoubleType, IntegerType, StructField, StructType, UserDefinedType


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"Point({self.x},{self.y})"

    def __eq__(self, other):
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)


class PointType(UserDefinedType):
    @classmethod
    def sqlType(cls):
        return ArrayType(DoubleType(), False)

    @classmethod
    def module(cls):
        return "__main__"

    def serialize(self, obj):
        return [obj.x, obj.y]

    def deserialize(self, datum):
        return Point(datum[0], datum[1])


Point.__UDT__ = PointType()
spark = SparkSession.builder.getOrCreate()
schema = StructType([StructField("i", IntegerType()), StructField("p", PointType())])
df = spark.createDataFrame([(1, Point(1.0, 2.0)), (2, Point(3.0, 4.0)), (3, None)], schema)
print(df.schema["p"].dataType == PointType(), df.schema["p"].metadata)
print(df.collect())
print(df.select("p", (col("i") + 1).alias("j")).where("j > 2").orderBy("j").collect())
print(df.union(df).count(), df.union(df).schema["p"].dataType == PointType())
df.createOrReplaceTempView("points")
print(spark.sql("SELECT p FROM points WHERE i = 2").collect())
print(spark.createDataFrame([Row(a=Point(5.0, 6.0))]).collect())
lists = spark.createDataFrame([([Point(1.0, 1.0)],)], StructType([StructField("ps", ArrayType(PointType()))]))
print(lists.collect(), lists.schema["ps"].dataType.elementType == PointType())
inner = StructType([StructField("p", PointType())])
nested = spark.createDataFrame([(Row(p=Point(7.0, 8.0)),)], StructType([StructField("s", inner)]))
print(nested.collect(), nested.select("s.p").collect())
