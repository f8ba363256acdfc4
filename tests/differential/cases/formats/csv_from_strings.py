"""read.csv and read.json over a DataFrame of strings are for RDDs only; from_csv works on columns."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("1,x",), ("2,y",)], ["line"])
df.select(F.from_csv("line", "id INT, s STRING").alias("c")).select("c.*").orderBy("id").show()
