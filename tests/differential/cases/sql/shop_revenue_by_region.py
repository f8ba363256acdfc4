"""Revenue by region and quarter, with subtotals."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT region, quarter(day) AS q, sum(quantity * price) AS revenue FROM customers JOIN orders USING (customer) JOIN items USING (order_id) GROUP BY ROLLUP (region, quarter(day)) ORDER BY region, q").show(40, truncate=False)
