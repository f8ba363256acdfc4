"""Scalar, IN, EXISTS and correlated subqueries."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 'a', 10), (2, 'a', 20), (3, 'b', 30) AS t(id, k, v)").createOrReplaceTempView("t")
spark.sql("SELECT * FROM VALUES ('a'), (NULL) AS u(k)").createOrReplaceTempView("u")
for query in (
    "SELECT id, (SELECT max(v) FROM t) AS top FROM t ORDER BY id", "SELECT id FROM t WHERE v > (SELECT avg(v) FROM t) ORDER BY id", "SELECT id FROM t WHERE k IN (SELECT k FROM u) ORDER BY id",
    "SELECT id FROM t WHERE k NOT IN (SELECT k FROM u) ORDER BY id", "SELECT id FROM t WHERE k NOT IN (SELECT k FROM u WHERE k IS NOT NULL) ORDER BY id",
    "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k) ORDER BY id", "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k) ORDER BY id",
    "SELECT id, (SELECT sum(v) FROM t s WHERE s.k = t.k) AS total FROM t ORDER BY id", "SELECT k, n FROM (SELECT k, count(*) AS n FROM t GROUP BY k) ORDER BY k", "SELECT (SELECT v FROM t WHERE id = 99) AS nothing",
):
    print(query)
    spark.sql(query).show()
