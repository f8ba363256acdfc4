"""WITH: several, nested, shadowing, with column names; recursion."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for query in (
    "WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b", "WITH t(p, q) AS (SELECT 1, 2) SELECT q, p FROM t",
    "WITH t AS (SELECT 1 AS x) SELECT * FROM (WITH t AS (SELECT 2 AS x) SELECT * FROM t)", "WITH t AS (SELECT id FROM range(3)) SELECT a.id, b.id FROM t a JOIN t b ON a.id < b.id ORDER BY 1, 2",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i), count(*) FROM n",
):
    print(query)
    spark.sql(query).show()
