"""Window functions over the result of a group by; several specifications."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 3), ('b', 'x', 4) AS t(k, c, v)").createOrReplaceTempView("t")
spark.sql("SELECT k, sum(v) AS s, rank() OVER (ORDER BY sum(v) DESC) AS r, sum(sum(v)) OVER () AS total, sum(v) / sum(sum(v)) OVER () AS share FROM t GROUP BY k ORDER BY k").show()
spark.sql("SELECT k, c, v, sum(v) OVER (PARTITION BY k) AS sk, sum(v) OVER (PARTITION BY c) AS sc, sum(v) OVER (PARTITION BY k, c ORDER BY v) AS skc FROM t ORDER BY k, c, v").show()
spark.sql("SELECT k, v FROM (SELECT *, dense_rank() OVER (PARTITION BY k ORDER BY v DESC) AS r FROM t) WHERE r <= 1 ORDER BY k").show()
