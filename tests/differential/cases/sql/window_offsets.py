"""lag, lead, first_value, last_value, nth_value."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1, 'x'), ('a', 2, NULL), ('a', 3, 'z'), ('b', 1, 'q') AS t(k, v, s)").createOrReplaceTempView("t")
spark.sql("""
SELECT k, v, lag(s) OVER w AS lag, lead(s, 1, 'none') OVER w AS lead, lag(s) IGNORE NULLS OVER w AS lag_nn,
  first_value(s) OVER w AS first, last_value(s) OVER w AS last, last_value(s) OVER (PARTITION BY k ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS very_last,
  nth_value(s, 2) OVER w AS second, first_value(s, true) OVER (PARTITION BY k ORDER BY v DESC) AS fnn
FROM t WINDOW w AS (PARTITION BY k ORDER BY v) ORDER BY k, v""").show()
