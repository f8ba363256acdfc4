"""Quartiles by product."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT product, percentile(price, array(0.25, 0.5, 0.75)) AS q, median(price) AS med, percentile_approx(price, 0.5) AS approx, round(stddev(price), 6) AS sd FROM items GROUP BY product ORDER BY product").show(40, truncate=False)
