"""How many customers have how many orders."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT n, count(*) AS customers FROM (SELECT c.customer, count(o.order_id) AS n FROM customers c LEFT JOIN orders o ON c.customer = o.customer AND o.status NOT LIKE '%turn%' GROUP BY c.customer) GROUP BY n ORDER BY n").show(40, truncate=False)
