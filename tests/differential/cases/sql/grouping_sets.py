"""GROUPING SETS, CUBE and ROLLUP, grouping and grouping_id."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 4), (NULL, 'y', 8) AS t(k, c, v)")
df.createOrReplaceTempView("t")
order = " ORDER BY grouping_id(), k, c"
spark.sql("SELECT k, c, sum(v), grouping(k), grouping(c), grouping_id() FROM t GROUP BY CUBE (k, c)" + order).show()
spark.sql("SELECT k, c, sum(v) FROM t GROUP BY ROLLUP (k, c)" + order).show()
spark.sql("SELECT k, c, sum(v) FROM t GROUP BY GROUPING SETS ((k), (c), ())" + order).show()
spark.sql("SELECT k, c, sum(v) FROM t GROUP BY k, c WITH ROLLUP" + order).show()
df.rollup("k", "c").agg(F.sum("v").alias("s"), F.grouping_id().alias("g")).orderBy("g", "k", "c").show()
df.cube("k").count().orderBy("k", "count").show()
df.groupingSets([("k",), ("c",)], "k", "c").agg(F.sum("v")).orderBy("k", "c").show()
