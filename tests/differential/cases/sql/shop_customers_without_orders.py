"""Customers that never ordered, three ways."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT customer, name FROM customers LEFT ANTI JOIN orders USING (customer) ORDER BY customer").show(40, truncate=False)
spark.sql("SELECT customer FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.customer) ORDER BY customer").show(40, truncate=False)
spark.sql("SELECT c.customer FROM customers c LEFT JOIN orders o ON c.customer = o.customer WHERE o.order_id IS NULL ORDER BY 1").show(40, truncate=False)
