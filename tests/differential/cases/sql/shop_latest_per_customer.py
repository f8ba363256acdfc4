"""The latest order of each customer."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT customer, order_id, day FROM (SELECT *, row_number() OVER (PARTITION BY customer ORDER BY day DESC, order_id) AS rn FROM orders) WHERE rn = 1 ORDER BY customer").show(40, truncate=False)
spark.sql("SELECT customer, max_by(order_id, struct(day, -order_id)) AS latest, max(day) AS day FROM orders GROUP BY customer ORDER BY customer").show(40, truncate=False)
