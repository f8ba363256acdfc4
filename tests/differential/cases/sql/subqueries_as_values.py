"""IN, EXISTS and scalar subqueries as values: in the select list, as grouping keys, in aggregates and join conditions."""
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 10), (2, 20), (3, NULL), (NULL, 40) AS t(a, b)").createOrReplaceTempView("t1")
spark.sql("SELECT * FROM VALUES (1, 'x'), (2, 'y'), (2, 'z'), (5, 'w') AS t(a, c)").createOrReplaceTempView("t2")
spark.sql("SELECT * FROM VALUES (1, 'x'), (NULL, 'y') AS t(a, c)").createOrReplaceTempView("t3")
spark.table("t2").where("a > 100").createOrReplaceTempView("t0")
for text in (
    "SELECT a, a IN (SELECT a FROM t2) FROM t1 ORDER BY a",
    "SELECT a, a IN (SELECT a FROM t2) AS m FROM t1 ORDER BY a",
    "SELECT a, a NOT IN (SELECT a FROM t2) AS m FROM t1 ORDER BY a",
    "SELECT a, a IN (SELECT a FROM t3) AS m, a NOT IN (SELECT a FROM t3) AS n FROM t1 ORDER BY a",
    "SELECT a, a IN (SELECT a FROM t0) AS m, a NOT IN (SELECT a FROM t0) AS n FROM t1 ORDER BY a",
    "SELECT a, EXISTS (SELECT 1 FROM t2 WHERE t2.a = t1.a) AS m, NOT EXISTS (SELECT 1 FROM t2 WHERE t2.a = t1.a) AS n FROM t1 ORDER BY a",
    "SELECT a, EXISTS (SELECT 1 FROM t2 WHERE t2.a > t1.a) FROM t1 ORDER BY a",
    "SELECT EXISTS (SELECT 1 FROM t2), EXISTS (SELECT 1 FROM t0)",
    "SELECT CASE WHEN a IN (SELECT a FROM t2) THEN 'in' ELSE 'out' END AS k, count(*) FROM t1 GROUP BY 1 ORDER BY 1",
    "SELECT EXISTS (SELECT 1 FROM t2 WHERE t2.a = t1.a) AS k, count(*) FROM t1 GROUP BY 1 ORDER BY 1",
    "SELECT (SELECT max(c) FROM t2 WHERE t2.a = t1.a) AS k, count(*) FROM t1 GROUP BY 1 ORDER BY 1",
    "SELECT * FROM t1 WHERE (a, b) IN (SELECT a, a * 10 FROM t2) ORDER BY a",
    "SELECT * FROM t1 WHERE (a, b) NOT IN (SELECT a, a * 10 FROM t2) ORDER BY a",
    "SELECT a, (a, b) IN (SELECT a, a * 10 FROM t2) AS m FROM t1 ORDER BY a",
    "SELECT * FROM t1 WHERE a IN (SELECT a FROM t2 WHERE t2.a = t1.a) OR b = 40 ORDER BY a",
    "SELECT * FROM t1 WHERE CASE WHEN a IN (SELECT a FROM t2) THEN b > 10 ELSE true END ORDER BY a",
    "SELECT * FROM t1 WHERE (a IN (SELECT a FROM t2)) = (b IN (SELECT a*10 FROM t2)) ORDER BY a",
    "SELECT sum(CASE WHEN EXISTS (SELECT 1 FROM t2 WHERE t2.a = t1.a) THEN 1 ELSE 0 END) AS s FROM t1",
    "SELECT count(*) FILTER (WHERE a IN (SELECT a FROM t2)) FROM t1",
    "SELECT a, max(b) FROM t1 GROUP BY a HAVING max(b) IN (SELECT a * 10 FROM t2) ORDER BY a",
    "SELECT a, max(b) FROM t1 GROUP BY a HAVING EXISTS (SELECT 1 FROM t2 WHERE t2.a = t1.a) ORDER BY a",
    "SELECT a, max(b), EXISTS (SELECT 1 FROM t2 WHERE t2.a = t1.a) AS e FROM t1 GROUP BY a ORDER BY a",
    "SELECT a, (SELECT count(*) FROM t2 WHERE t2.a = t1.a) AS e, max(b) FROM t1 GROUP BY a ORDER BY a",
    "SELECT t1.a, t2.c FROM t1 JOIN t2 ON t1.a = t2.a AND t1.a IN (SELECT a FROM t3) ORDER BY 1, 2",
    "SELECT t1.a, t2.c FROM t1 LEFT JOIN t2 ON t1.a = t2.a AND EXISTS (SELECT 1 FROM t3 WHERE t3.a = t1.a) ORDER BY 1, 2",
    "SELECT (SELECT 1 WHERE false) AS x",
    "SELECT (SELECT 5) + (SELECT max(a) FROM t2) AS x",
    "SELECT a, (SELECT c FROM t2 WHERE t2.a = t1.a LIMIT 1) IS NOT NULL AS x FROM t1 ORDER BY a",
    "SELECT * FROM t1, LATERAL (SELECT c FROM t2 WHERE t2.a <= t1.a LIMIT 1) ORDER BY 1",
    "SELECT * FROM t1, LATERAL RANGE(3) ORDER BY 1, 3",
    "SELECT x.n, t1.a FROM t1 LEFT JOIN LATERAL (SELECT sum(t2.a) AS n FROM t2 WHERE t2.a = t1.a) x ORDER BY 2",
    "SELECT coalesce((SELECT c FROM t2 WHERE t2.a = 5), 'none'), coalesce((SELECT c FROM t2 WHERE t2.a = 50), 'none')",
    "SELECT * FROM t1 WHERE a IN (SELECT a FROM t2) AND a NOT IN (SELECT a FROM t3 WHERE a IS NOT NULL) ORDER BY a",
    "SELECT * FROM t1 WHERE NOT (a IN (SELECT a FROM t2) OR b = 40) ORDER BY a",
    "SELECT if(EXISTS (SELECT 1 FROM t2), 'y', 'n')",
    "SELECT array((SELECT max(a) FROM t2), 1) AS x, map('k', (SELECT min(a) FROM t2)) AS y",
    "SELECT a, (SELECT max(a) FROM (SELECT a FROM t2 WHERE t2.a > t1.a ORDER BY a LIMIT 1)) m FROM t1 ORDER BY a",
):
    print(text)
    try:
        rows = spark.sql(text)
        print(rows.columns)
        rows.show()
    except PySparkException as error:
        print(type(error).__name__, error.getCondition())
