"""Runs of consecutive values."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("WITH d AS (SELECT DISTINCT customer FROM orders), g AS (SELECT customer, customer - row_number() OVER (ORDER BY customer) AS grp FROM d) SELECT min(customer) AS first, max(customer) AS last, count(*) AS n FROM g GROUP BY grp ORDER BY first").show(40, truncate=False)
