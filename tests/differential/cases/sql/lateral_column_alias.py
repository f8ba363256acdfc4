"""Aliases used later in the same select, GROUP BY ALL, ORDER BY ALL."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1), ('b', 2), ('a', 3) AS t(k, v)").createOrReplaceTempView("t")
spark.sql("SELECT v + 1 AS x, x * 2 AS y FROM t ORDER BY y").show()
spark.sql("SELECT k, sum(v) AS s FROM t GROUP BY ALL ORDER BY ALL").show()
spark.sql("SELECT upper(k) AS u, count(*) AS n FROM t GROUP BY u ORDER BY u").show()
spark.sql("SELECT k, sum(v) FROM t GROUP BY 1 ORDER BY 2 DESC").show()
spark.sql("SELECT k AS v, count(*) FROM t GROUP BY k ORDER BY v").show()
