"""How DataFrames, columns, rows and types print themselves."""
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, IntegerType, StringType, StructField, StructType

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a")], "id INT, s STRING")
print(df)
print(repr(df.select("id", F.array("s"))))
print(df.first(), Row(1, "x"), Row(a=1, b=Row(c=2)), Row("a", "b")(1, 2))
print(df.schema, df.schema["id"], ArrayType(StringType()), StructType([StructField("x", IntegerType())]))
