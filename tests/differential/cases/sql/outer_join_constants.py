"""A sort by a column that is constant on one side of an outer join, where it is NULL too."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 10), (2, 20), (3, NULL), (NULL, 40), (5, 50) AS t(a, b)").createOrReplaceTempView("t1")
spark.sql("SELECT * FROM VALUES (1, 'x'), (2, 'y'), (5, 'x') AS t(a, c)").createOrReplaceTempView("t2")
for text in (
    "SELECT t1.a, x.f FROM t1 LEFT JOIN (SELECT a, 1 AS f FROM t2) x ON t1.a = x.a ORDER BY x.f, t1.a",
    "SELECT t1.a, x.c FROM t1 LEFT JOIN (SELECT * FROM t2 WHERE c = 'x') x ON t1.a = x.a ORDER BY x.c DESC, t1.a",
    "SELECT x.f, count(*) FROM t1 LEFT JOIN (SELECT a, true AS f FROM t2) x ON t1.a = x.a GROUP BY x.f ORDER BY x.f",
    "SELECT x.f, count(*) FROM (SELECT a, true AS f FROM t2) x RIGHT JOIN t1 ON t1.a = x.a GROUP BY x.f ORDER BY x.f DESC",
    "SELECT x.f, y.g, count(*) FROM (SELECT a, 1 AS f FROM t2) x FULL JOIN (SELECT a, 2 AS g FROM t1) y ON x.a = y.a GROUP BY x.f, y.g ORDER BY x.f, y.g",
    "SELECT t1.a, x.f, row_number() OVER (ORDER BY x.f, t1.a) AS r FROM t1 LEFT JOIN (SELECT a, 1 AS f FROM t2) x ON t1.a = x.a ORDER BY r",
    "SELECT t1.a, x.f FROM t1 LEFT JOIN (SELECT a, 1 AS f FROM t2) x ON t1.a > x.a ORDER BY x.f, t1.a",
    "SELECT t1.a, x.f FROM t1 LEFT JOIN (SELECT a, 1 AS f FROM t2) x ON t1.a = x.a WHERE x.f IS NULL ORDER BY x.f, t1.a",
):
    print(text)
    spark.sql(text).show()
