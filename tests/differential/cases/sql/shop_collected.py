"""Arrays and maps by group."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT order_id, array_sort(collect_list(struct(product, quantity))) AS lines, map_from_entries(array_sort(collect_set(struct(concat_ws('_', product, price) AS k, quantity)))) AS prices, array_join(array_sort(collect_set(product)), '+') AS label FROM items WHERE order_id <= 5 AND quantity <> 3 AND product <> 'P0' GROUP BY order_id ORDER BY order_id").show(40, truncate=False)
