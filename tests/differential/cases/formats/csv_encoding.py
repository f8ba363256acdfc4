"""CSV in other encodings, and with a byte order mark."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("x.txt")
open(path("latin.csv"), "wb").write("1,caf\u00e9\n".encode("latin-1"))
open(path("utf16.csv"), "wb").write("1,caf\u00e9\n".encode("utf-16"))
open(path("bom.csv"), "wb").write("\ufeffid,s\n1,x\n".encode("utf-8"))
print(spark.read.csv(path("latin.csv"), encoding="ISO-8859-1").collect())
print(spark.read.csv(path("utf16.csv"), encoding="UTF-16", multiLine=True).collect())
print(spark.read.csv(path("bom.csv"), header=True).columns)
spark.createDataFrame([("caf\u00e9",)], ["s"]).coalesce(1).write.csv(path("out"), encoding="ISO-8859-1")
print(spark.read.csv(path("out"), encoding="ISO-8859-1").collect())
