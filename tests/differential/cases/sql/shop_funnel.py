"""How far visitors came."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT visitor, max(if(page = 'home', 1, 0)) AS home, max(if(page = 'cart', 1, 0)) AS cart, max(if(page = 'pay', 1, 0)) AS pay, min(at) FILTER (WHERE page = 'pay') AS first_pay, count(DISTINCT page) AS pages FROM visits GROUP BY visitor ORDER BY visitor").show(40, truncate=False)
