"""Products bought together."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT a.product AS a, b.product AS b, count(DISTINCT a.order_id) AS n FROM items a JOIN items b ON a.order_id = b.order_id AND a.product < b.product GROUP BY 1, 2 HAVING n > 4 ORDER BY n DESC, a, b").show(40, truncate=False)
