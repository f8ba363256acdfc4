"""Orders picked by a subquery with HAVING."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT c.name, o.order_id, sum(i.quantity) AS q FROM customers c, orders o, items i WHERE o.order_id IN (SELECT order_id FROM items GROUP BY order_id HAVING sum(quantity) > 8) AND c.customer = o.customer AND o.order_id = i.order_id GROUP BY c.name, o.order_id ORDER BY q DESC, o.order_id").show(40, truncate=False)
