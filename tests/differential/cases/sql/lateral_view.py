"""LATERAL VIEW and table functions in FROM."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.createDataFrame([(1, ["a", "b"]), (2, [])], "id INT, xs ARRAY<STRING>").createOrReplaceTempView("t")
spark.sql("SELECT id, x FROM t LATERAL VIEW explode(xs) e AS x ORDER BY id, x").show()
spark.sql("SELECT id, x FROM t LATERAL VIEW OUTER explode(xs) e AS x ORDER BY id, x").show()
spark.sql("SELECT id, p, x FROM t LATERAL VIEW posexplode(xs) e AS p, x ORDER BY id, p").show()
spark.sql("SELECT * FROM explode(array(1, 2))").show()
spark.sql("SELECT id, col FROM t, LATERAL explode(xs) ORDER BY id, col").show()
spark.sql("SELECT * FROM range(3)").show()
spark.sql("SELECT * FROM range(1, 10, 4) AS r(n)").show()
