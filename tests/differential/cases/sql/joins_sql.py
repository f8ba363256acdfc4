"""Joins as SQL text: natural, using, lateral, implicit cross, several at once."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(id, x)").createOrReplaceTempView("t")
spark.sql("SELECT * FROM VALUES (2, 'c'), (3, 'd') AS u(id, y)").createOrReplaceTempView("u")
for query in (
    "SELECT * FROM t NATURAL JOIN u", "SELECT * FROM t LEFT JOIN u USING (id) ORDER BY id", "SELECT * FROM t FULL OUTER JOIN u USING (id) ORDER BY id",
    "SELECT t.*, u.y FROM t, u WHERE t.id < u.id ORDER BY 1, 3", "SELECT * FROM t LEFT SEMI JOIN u ON t.id = u.id", "SELECT * FROM t LEFT ANTI JOIN u ON t.id = u.id",
    "SELECT * FROM t CROSS JOIN u ORDER BY 1, 3", "SELECT t.id, l.n FROM t, LATERAL (SELECT count(*) AS n FROM u WHERE u.id > t.id) l ORDER BY 1",
    "SELECT a.id, b.x, c.y FROM t a JOIN t b ON a.id = b.id LEFT JOIN u c ON a.id = c.id ORDER BY 1",
):
    print(query)
    spark.sql(query).show()
