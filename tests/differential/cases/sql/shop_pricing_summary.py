"""A summary of prices by status."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("""
SELECT status, sum(quantity) AS qty, sum(price) AS base, sum(price * (1 - cast(discount AS DECIMAL(4, 2)))) AS net, round(avg(discount), 4) AS disc, count(*) AS n
FROM items JOIN orders USING (order_id) WHERE day <= DATE '2024-06-01' GROUP BY status ORDER BY status""").show(40, truncate=False)
