"""createDataFrame with a schema: names, nullability, conversions."""
import datetime
from decimal import Decimal
from pyspark.sql import SparkSession
from pyspark.sql.types import *

spark = SparkSession.builder.getOrCreate()
schema = StructType([
    StructField("b", ByteType()), StructField("s", ShortType()), StructField("l", LongType(), False), StructField("f", FloatType()), StructField("d", DecimalType(10, 2)), StructField("bin", BinaryType()),
    StructField("day", DateType()), StructField("at", TimestampType()), StructField("ntz", TimestampNTZType()), StructField("a", ArrayType(StringType(), False)), StructField("m", MapType(StringType(), IntegerType())), StructField("st", StructType().add("x", IntegerType()).add("y", StringType())),
])
df = spark.createDataFrame([(1, 2, 3, 1.5, Decimal("1.1"), b"x", datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3), datetime.datetime(2024, 1, 2, 4), ["a"], {"k": 1}, (1, "q"))], schema)
df.printSchema()
print(df.first())
print(df.first().asDict(recursive=True)["st"], df.schema == schema)
