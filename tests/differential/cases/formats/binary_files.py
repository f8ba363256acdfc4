"""The binaryFile source."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.bin", "abc")
write("in/b.dat", "de")
df = spark.read.format("binaryFile").option("pathGlobFilter", "*.bin").load(path("in"))
df.printSchema()
row = df.first()
print(row.path.split("/")[-1], row.length, bytes(row.content), row.modificationTime)
