"""printSchema of nested types, with a level, and the schema's other forms."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([], "id BIGINT NOT NULL, name STRING COMMENT 'who', tags ARRAY<STRUCT<k: STRING, v: ARRAY<INT>>>, m MAP<STRING, STRUCT<x: DECIMAL(10,2)>>, at TIMESTAMP, i INTERVAL DAY TO SECOND, y INTERVAL YEAR")
df.printSchema()
df.printSchema(1)
df.printSchema(2)
print(df.schema.simpleString())
print(df.schema.json())
print(df.dtypes)
print(df.schema.treeString() if hasattr(df.schema, "treeString") else "")
print(df)
