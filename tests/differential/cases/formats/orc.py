"""ORC files."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "x", [1]), (2, None, [])], "id INT, s STRING, a ARRAY<INT>")
df.write.orc(path("o"))
back = spark.read.orc(path("o"))
back.printSchema()
back.orderBy("id").show()
