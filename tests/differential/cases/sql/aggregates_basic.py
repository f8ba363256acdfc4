"""The usual aggregates, with nulls, over groups and over nothing."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1, 1.5D), ('a', NULL, 2.5D), ('b', 3, NULL), (NULL, 4, 4.5D), ('b', 3, 1.0D) AS t(k, i, d)").createOrReplaceTempView("t")
columns = "count(*), count(i), count(DISTINCT i), sum(i), avg(i), min(d), max(d), sum(d), mean(d)"
spark.sql(f"SELECT k, {columns} FROM t GROUP BY k ORDER BY k").show()
spark.sql(f"SELECT {columns} FROM t").show()
spark.sql(f"SELECT {columns} FROM t WHERE false").show()
spark.sql(f"SELECT k, {columns} FROM t WHERE false GROUP BY k").show()
spark.sql("SELECT k, sum(i) AS s FROM t GROUP BY k HAVING sum(i) > 3 ORDER BY 2").show()
spark.sql("SELECT k, sum(i) FILTER (WHERE d > 2) AS f, count(*) FILTER (WHERE i IS NULL) AS n FROM t GROUP BY ALL ORDER BY k").show()
