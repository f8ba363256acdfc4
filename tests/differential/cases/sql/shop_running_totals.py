"""Running totals and moving averages by day."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("""
WITH d AS (SELECT day, sum(quantity * price) AS v FROM orders JOIN items USING (order_id) GROUP BY day)
SELECT day, v, sum(v) OVER (ORDER BY day) AS total, round(avg(v) OVER (ORDER BY day ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), 3) AS avg3, v - lag(v) OVER (ORDER BY day) AS diff FROM d ORDER BY day LIMIT 25""").show(40, truncate=False)
