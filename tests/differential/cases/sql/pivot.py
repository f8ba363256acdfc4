"""pivot with and without values, several aggregates, and in SQL."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 4), ('a', 'x', 8), ('b', NULL, 3) AS t(k, c, v)")
df.groupBy("k").pivot("c").sum("v").orderBy("k").show()
df.groupBy("k").pivot("c", ["y", "x", "z"]).agg(F.sum("v"), F.count("v").alias("n")).orderBy("k").show()
df.groupBy().pivot("k").max("v").show()
df.createOrReplaceTempView("t")
spark.sql("SELECT * FROM t PIVOT (sum(v) AS s FOR c IN ('x' AS ex, 'y')) ORDER BY k").show()
spark.sql("SELECT * FROM t PIVOT (sum(v), avg(v) FOR (k, c) IN (('a', 'x'), ('b', 'x')))").show()
