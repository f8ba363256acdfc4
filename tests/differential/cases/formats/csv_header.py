"""CSV with a header: strings unless told otherwise; inferSchema."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.csv", "id,name,score,when,day,flag,big", "1,ann,1.5,2024-01-02 03:04:05,2024-01-02,true,3000000000", "2,bob,2,2024-01-03 00:00:00,2024-01-03,false,1", "3,,,,,,")
df = spark.read.option("header", True).csv(path("a.csv"))
df.printSchema()
df = spark.read.csv(path("a.csv"), header=True, inferSchema=True)
df.printSchema()
df.orderBy("id").show()
print(spark.read.csv(path("a.csv")).columns)
