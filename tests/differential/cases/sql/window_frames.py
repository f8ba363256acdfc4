"""Aggregates over frames: rows, range, unbounded, intervals."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 10), (2, 20), (2, 25), (4, 40), (7, 70) AS t(x, v)").createOrReplaceTempView("t")
spark.sql("""
SELECT x, v, sum(v) OVER (ORDER BY x) AS running, sum(v) OVER (ORDER BY x, v ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS near,
  sum(v) OVER (ORDER BY x RANGE BETWEEN 2 PRECEDING AND CURRENT ROW) AS rng, count(*) OVER () AS n,
  sum(v) OVER (ORDER BY x, v ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before, avg(v) OVER (PARTITION BY x % 2) AS parity,
  max(v) OVER (ORDER BY x DESC ROWS 1 PRECEDING) AS prev, collect_list(v) OVER (ORDER BY x, v) AS list
FROM t ORDER BY x, v""").show(truncate=False)
spark.sql("""
SELECT d, sum(v) OVER (ORDER BY d RANGE BETWEEN INTERVAL 2 DAYS PRECEDING AND CURRENT ROW) AS s
FROM VALUES (DATE '2024-01-01', 1), (DATE '2024-01-02', 2), (DATE '2024-01-05', 4) AS t(d, v) ORDER BY d""").show()
