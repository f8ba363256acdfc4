"""Columns outside an aggregate, aggregates in the wrong place."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 2) AS t(a, b)").createOrReplaceTempView("t")
outcome(lambda: spark.sql("SELECT a, sum(b) FROM t").collect())
outcome(lambda: spark.sql("SELECT a, b FROM t GROUP BY a").collect())
outcome(lambda: spark.sql("SELECT sum(sum(b)) FROM t").collect())
outcome(lambda: spark.sql("SELECT a FROM t WHERE sum(b) > 1").collect(), without=["condition"])
outcome(lambda: spark.sql("SELECT a FROM t GROUP BY sum(b)").collect())
outcome(lambda: spark.sql("SELECT a FROM t HAVING a > 1").collect())
outcome(lambda: spark.sql("SELECT a FROM t GROUP BY 3").collect())
outcome(lambda: spark.sql("SELECT a FROM t ORDER BY 5").collect())
outcome(lambda: spark.sql("SELECT grouping(a) FROM t GROUP BY a").collect())
outcome(lambda: spark.table("t").groupBy("a").agg(F.col("b")).collect())
