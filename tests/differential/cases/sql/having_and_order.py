"""HAVING and ORDER BY with aggregates and columns that are not selected."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1), ('b', 5), ('a', 3), ('c', 2) AS t(k, v)").createOrReplaceTempView("t")
for text in ("SELECT k FROM t GROUP BY k HAVING count(*) > 1", "SELECT k FROM t GROUP BY k ORDER BY sum(v) DESC, k", "SELECT v FROM t ORDER BY k, v", "SELECT upper(k) AS u FROM t ORDER BY k, u", "SELECT sum(v) AS s FROM t HAVING s > 100", "SELECT DISTINCT k FROM t ORDER BY k DESC", "SELECT k, v FROM t ORDER BY -v LIMIT 2", "SELECT k, max(v) - min(v) AS spread FROM t GROUP BY k HAVING spread >= 0 ORDER BY spread DESC, k", "SELECT count(*) FROM t HAVING count(*) > 1"):
    print(text)
    spark.sql(text).show()
