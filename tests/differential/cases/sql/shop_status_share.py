"""Shares with conditional sums."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT region, round(100 * sum(CASE WHEN status = 'paid' THEN price ELSE 0 END) / sum(price), 2) AS paid_percent, count_if(status = 'returned') AS returned FROM customers JOIN orders USING (customer) JOIN items USING (order_id) GROUP BY region ORDER BY region").show(40, truncate=False)
