"""Decimals under sum, avg, min and comparison."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES (1.10BD, 1), (2.25BD, 2), (NULL, 3), (-0.35BD, 4) AS t(d, i)")
result = df.selectExpr("sum(d)", "avg(d)", "min(d)", "max(d)", "sum(i)", "avg(i)", "sum(d * i)", "sum(d) / count(d)")
result.show(truncate=False)
result.printSchema()
df.where("d > 1").orderBy("d").show()
df.where("d = 1.1D").show()
