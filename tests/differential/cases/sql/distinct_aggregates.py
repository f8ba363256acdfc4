"""Several distinct aggregates side by side, with filters."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1, 1), ('a', 1, 2), ('a', NULL, 2), ('b', 3, 3), ('b', 3, 3) AS t(k, x, y)").createOrReplaceTempView("t")
spark.sql("SELECT k, count(DISTINCT x) AS dx, count(DISTINCT y) AS dy, count(DISTINCT x, y) AS dxy, sum(DISTINCT y) AS sy, count(*) AS n, avg(DISTINCT x) AS ax FROM t GROUP BY k ORDER BY k").show()
spark.sql("SELECT count(DISTINCT x) FILTER (WHERE y > 1) AS f, array_sort(collect_list(DISTINCT y)) AS ys, max(DISTINCT x) AS m FROM t").show()
spark.sql("SELECT count(DISTINCT *) AS all, count(x, y) AS both FROM t").show()
