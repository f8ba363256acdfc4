"""A header in every file, enforceSchema, and columns of other names."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "id,s", "1,x")
write("in/b.csv", "id,s", "2,y")
spark.read.csv(path("in"), header=True).orderBy("id").show()
spark.read.schema("k INT, v STRING").csv(path("in"), header=True).orderBy("k").show()
try:
    spark.read.schema("k INT, v STRING").csv(path("in"), header=True, enforceSchema=False).collect()
except Exception as error:
    print("refused")
write("dup.csv", "a,a,,B", "1,2,3,4")
print(spark.read.csv(path("dup.csv"), header=True).columns)
