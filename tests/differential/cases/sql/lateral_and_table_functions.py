"""Table functions joined with tables; outer forms."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, array(10, 20), map('a', 1)), (2, array(), NULL) AS t(id, xs, m)").createOrReplaceTempView("t")
for text in ("SELECT id, x FROM t, LATERAL explode(xs) AS e(x) ORDER BY id, x", "SELECT id, x FROM t LEFT JOIN LATERAL explode(xs) AS e(x) ORDER BY id, x", "SELECT id, k, v FROM t LATERAL VIEW explode(m) AS k, v ORDER BY id", "SELECT id, a, b FROM t LATERAL VIEW explode(xs) p AS a LATERAL VIEW explode(array(a, a + 1)) q AS b ORDER BY id, a, b", "SELECT * FROM posexplode(array('x', 'y'))", "SELECT * FROM inline(array(struct(1, 'a'), struct(2, 'b')))", "SELECT explode_outer(array())", "SELECT id, s.n FROM t, LATERAL (SELECT count(*) AS n FROM explode(t.xs)) s ORDER BY id"):
    print(text)
    spark.sql(text).show()
