"""A sort above an outer join of small tables, with an expression between them."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 10), (2, 20), (3, NULL), (NULL, 40) AS t(a, b)").createOrReplaceTempView("t1")
spark.sql("SELECT * FROM VALUES (1, 'x'), (2, 'y'), (2, 'y'), (5, 'w') AS t(a, c)").createOrReplaceTempView("t2")
for text in (
    "SELECT t1.a, t2.c IS NOT NULL AS n FROM t1 LEFT JOIN t2 ON t1.a = t2.a ORDER BY t1.a",
    "SELECT t1.a, t2.c IS NOT NULL AS n FROM t1 LEFT JOIN t2 ON t1.a = t2.a ORDER BY t1.a DESC NULLS FIRST",
    "SELECT t1.a, upper(t2.c) AS n FROM t1 LEFT JOIN t2 ON t1.a <=> t2.a ORDER BY t1.a",
    "SELECT t1.a, t1.b, upper(t2.c) AS n FROM t1 LEFT JOIN t2 ON t1.a = t2.a ORDER BY t1.a NULLS LAST",
    "SELECT t1.b, t2.a + 1 AS n FROM t1 LEFT JOIN t2 ON t1.a = t2.a ORDER BY t1.b DESC",
    "SELECT t2.a, t1.b IS NULL AS n FROM t1 RIGHT JOIN t2 ON t1.a = t2.a ORDER BY t2.a DESC",
    "SELECT t1.a, max(t2.c IS NULL) AS n, row_number() OVER (ORDER BY t1.a) AS r FROM t1 LEFT JOIN t2 ON t1.a = t2.a GROUP BY t1.a ORDER BY t1.a",
):
    print(text)
    spark.sql(text).show()
