"""Rows above the average of their group."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT i.order_id, i.product, i.price FROM items i WHERE i.price > (SELECT 1.5 * avg(j.price) FROM items j WHERE j.product = i.product) ORDER BY i.product, i.price, i.order_id").show(40, truncate=False)
