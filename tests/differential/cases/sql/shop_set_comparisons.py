"""What two sets of customers share."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT customer FROM orders WHERE month(day) = 1 INTERSECT SELECT customer FROM orders WHERE month(day) = 2 ORDER BY customer").show(40, truncate=False)
spark.sql("(SELECT customer FROM orders WHERE status = 'paid' EXCEPT SELECT customer FROM orders WHERE status = 'returned') ORDER BY customer").show(40, truncate=False)
spark.sql("SELECT count(*) AS n FROM (SELECT customer FROM orders UNION SELECT customer FROM customers)").show(40, truncate=False)
