"""Group by and windows that cannot be."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.range(3).createOrReplaceTempView("t")
for text in ("SELECT id, row_number() FROM t", "SELECT row_number() OVER () FROM t", "SELECT sum(id) OVER w FROM t", "SELECT rank() OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t", "SELECT id FROM t WHERE row_number() OVER (ORDER BY id) = 1", "SELECT sum(row_number() OVER (ORDER BY id)) FROM t", "SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN 2 FOLLOWING AND 1 FOLLOWING) FROM t", "SELECT upper(id) OVER (ORDER BY id) FROM t", "SELECT count(DISTINCT id) OVER (ORDER BY id) FROM t", "SELECT sum(id) OVER (ORDER BY 'a' RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t", "SELECT id FROM t GROUP BY GROUPING SETS ((nope))", "SELECT grouping_id() FROM t"):
    print(text)
    outcome(lambda: spark.sql(text).collect(), without=["windowSpec", "windowFunc", "windowExpressions", "spec", "expr", "expression", "sqlExpr"])
