"""Groups and joins over columns that hold nulls."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT note, count(*) AS n, count(note) AS noted FROM orders GROUP BY note ORDER BY note").show(40, truncate=False)
spark.sql("SELECT credit IS NULL AS none, count(*), avg(credit), sum(credit) FROM customers GROUP BY 1 ORDER BY 1").show(40, truncate=False)
spark.sql("SELECT a.note, count(*) AS pairs FROM orders a JOIN orders b ON a.note <=> b.note GROUP BY a.note ORDER BY a.note").show(40, truncate=False)
