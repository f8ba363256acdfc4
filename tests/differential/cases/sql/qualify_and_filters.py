"""Window results filtered through a subquery; running totals per day."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', DATE '2024-01-01', 5), ('a', DATE '2024-01-02', 7), ('b', DATE '2024-01-01', 1) AS t(k, d, v)").createOrReplaceTempView("t")
spark.sql("""
SELECT k, d, v, total, round(v / total, 3) AS share FROM (
  SELECT *, sum(v) OVER (PARTITION BY k) AS total, row_number() OVER (PARTITION BY k ORDER BY v DESC) AS rn FROM t
) WHERE rn = 1 ORDER BY k""").show()
