"""Set operations, limits and offsets that cannot be."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.range(3).createOrReplaceTempView("t")
for text in ("SELECT 1 UNION SELECT 1, 2", "SELECT map('a', 1) EXCEPT SELECT map('a', 1)", "SELECT 1 INTERSECT SELECT array(1)", "SELECT * FROM t LIMIT -1", "SELECT * FROM t LIMIT 'a'", "SELECT * FROM t LIMIT id", "SELECT * FROM t OFFSET -1", "SELECT * FROM t LIMIT NULL", "SELECT DISTINCT map('a', id) FROM t", "SELECT * FROM VALUES (1, 2), (3)", "SELECT * FROM VALUES (1), ('a', 2)", "SELECT * FROM range('a')", "SELECT * FROM range(1, 2, 0)", "SELECT * FROM t TABLESAMPLE (200 PERCENT)"):
    print(text)
    outcome(lambda: spark.sql(text).collect(), without=["limitExpr"])
