"""The hidden _metadata column of files, and input_file_name."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "1", "2")
write("in/b.csv", "3")
df = spark.read.schema("id INT").csv(path("in"))
df.selectExpr("id", "_metadata.file_name", "_metadata.file_size", "_metadata.file_block_start", "_metadata.file_modification_time AS at").orderBy("id").show(truncate=False)
print(df.columns, df.select("id", "_metadata").schema["_metadata"].dataType.fieldNames())
print(sorted({r[0].split("/")[-1] for r in df.selectExpr("input_file_name()").collect()}))
