"""Months as columns."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT * FROM (SELECT region, month(day) AS m, quantity FROM customers JOIN orders USING (customer) JOIN items USING (order_id)) PIVOT (sum(quantity) FOR m IN (1 AS jan, 2 AS feb, 3 AS mar, 4 AS apr)) ORDER BY region").show(40, truncate=False)
