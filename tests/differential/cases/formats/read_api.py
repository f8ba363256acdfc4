"""The reader's own forms: schema as text and as a type, options, defaults."""
from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StructField, StructType
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", "1,2")
schema = StructType([StructField("x", IntegerType(), False), StructField("y", IntegerType())])
print(spark.read.schema(schema).csv(path("a.csv")).schema.simpleString(), spark.read.schema(schema).csv(path("a.csv")).schema["x"].nullable)
print(spark.read.options(inferSchema=True, header=False).csv(path("a.csv")).dtypes)
spark.range(2).write.save(path("p"))
print(spark.read.load(path("p")).count(), spark.read.parquet(path("p")).dtypes)
print(spark.read.format("parquet").option("path", path("p")).load().count())
print(spark.read.json(path("a.csv")).columns)
