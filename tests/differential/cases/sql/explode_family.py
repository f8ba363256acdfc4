"""explode, posexplode, inline, stack and their outer forms."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, [10, 20], {"a": 1}), (2, [], {}), (3, None, None)], "id INT, xs ARRAY<INT>, m MAP<STRING, INT>")
df.select("id", F.explode("xs")).orderBy("id", "col").show()
df.select("id", F.explode_outer("xs").alias("x")).orderBy("id", "x").show()
df.select("id", F.posexplode("xs")).orderBy("id", "pos").show()
df.select("id", F.posexplode_outer("xs")).orderBy("id", "pos").show()
df.select("id", F.explode("m")).show()
df.select("id", F.explode_outer("m").alias("k", "v")).orderBy("id").show()
spark.sql("SELECT inline(array(struct(1 AS a, 'x' AS b), named_struct('a', 2, 'b', 'y')))").show()
spark.sql("SELECT stack(2, 1, 'a', 2, 'b') AS (n, s)").show()
spark.sql("SELECT stack(2, 1, 2, 3)").show()
