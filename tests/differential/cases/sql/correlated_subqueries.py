"""Subqueries that look at the outer row, in several places."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 'a', 10), (2, 'a', 20), (3, 'b', 30), (4, 'c', NULL) AS t(id, k, v)").createOrReplaceTempView("t")
spark.sql("SELECT * FROM VALUES ('a', 15), ('b', 30), ('d', 1) AS u(k, lim)").createOrReplaceTempView("u")
for text in (
    "SELECT id FROM t WHERE v > (SELECT lim FROM u WHERE u.k = t.k) ORDER BY id", "SELECT id, (SELECT count(*) FROM u WHERE u.k = t.k) AS n FROM t ORDER BY id", "SELECT id FROM t WHERE (k, v) IN (SELECT k, lim FROM u) ORDER BY id",
    "SELECT id FROM t WHERE v = (SELECT max(v) FROM t i WHERE i.k = t.k) ORDER BY id", "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.lim < t.v) OR id = 4 ORDER BY id", "SELECT k, sum(v) FROM t GROUP BY k HAVING sum(v) > (SELECT avg(lim) FROM u) ORDER BY k",
    "SELECT t.id, x.lim FROM t LEFT JOIN LATERAL (SELECT lim FROM u WHERE u.k = t.k LIMIT 1) x ORDER BY t.id", "SELECT id, CASE WHEN k IN (SELECT k FROM u) THEN 'in' ELSE 'out' END AS w FROM t ORDER BY id", "SELECT count(*) FROM t WHERE v NOT IN (SELECT lim FROM u)",
):
    print(text)
    spark.sql(text).show()
