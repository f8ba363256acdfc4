"""One JSON document over many lines, arrays at the top."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.json", "[", '  {"id": 1,', '   "s": "x"},', '  {"id": 2}', "]")
spark.read.json(path("a.json"), multiLine=True).orderBy("id").show()
write("b.json", "{", '  "id": 7', "}")
spark.read.option("multiLine", True).json(path("b.json")).show()
print(spark.read.json(path("b.json")).columns)
write("c.json", '[{"id": 1}, {"id": 2}]', '{"id": 3}')
spark.read.json(path("c.json")).orderBy("id").show()
