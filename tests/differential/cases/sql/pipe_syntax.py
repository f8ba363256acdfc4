"""SQL pipe operators."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1), ('b', 2), ('a', 3) AS t(k, v)").createOrReplaceTempView("t")
for text in ("FROM t |> WHERE v > 1 |> SELECT k, v + 1 AS w |> ORDER BY w", "TABLE t |> AGGREGATE sum(v) AS total GROUP BY k |> ORDER BY k", "FROM t |> EXTEND v * 10 AS big |> DROP v |> ORDER BY big |> LIMIT 2", "FROM t |> SET v = v + 100 |> ORDER BY v |> AS q |> SELECT q.v"):
    spark.sql(text).show()
