"""Joins by column names: which id comes out, and in which order the columns stand."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, "x", 10), (2, "y", 20)], "id INT, k STRING, a INT")
b = spark.createDataFrame([(2, "y", 200), (3, "z", 300)], "id INT, k STRING, b INT")
for how in ("inner", "left", "right", "outer", "semi", "anti"):
    print(how)
    a.join(b, ["id", "k"], how).orderBy("id").show()
a.join(b, "id", "full").select("id", a.k, b.k).orderBy("id").show()
