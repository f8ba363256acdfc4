"""The orders with the largest revenue."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("""
SELECT o.order_id, o.day, c.region, sum(i.quantity * i.price) AS revenue FROM customers c JOIN orders o ON c.customer = o.customer JOIN items i ON i.order_id = o.order_id
WHERE o.status <> 'returned' GROUP BY o.order_id, o.day, c.region ORDER BY revenue DESC, o.order_id LIMIT 10""").show(40, truncate=False)
