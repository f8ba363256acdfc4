"""One number under several conditions."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("SELECT sum(price * quantity * discount) AS lost, count(*) AS n, min(price) AS lo, max(price) AS hi FROM items WHERE discount BETWEEN 0.04 AND 0.06 AND quantity < 4 AND price >= 10").show(40, truncate=False)
