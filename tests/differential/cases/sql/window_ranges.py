"""RANGE frames over decimals, dates, timestamps, descending."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 1.5, TIMESTAMP '2024-01-01 10:00:00'), (2, 2.0, TIMESTAMP '2024-01-01 10:20:00'), (3, 2.4, TIMESTAMP '2024-01-01 11:30:00'), (4, 9.0, TIMESTAMP '2024-01-01 11:31:00') AS t(id, d, at)").createOrReplaceTempView("t")
spark.sql("""SELECT id, count(*) OVER (ORDER BY d RANGE BETWEEN 0.5 PRECEDING AND 0.5 FOLLOWING) AS near, count(*) OVER (ORDER BY at RANGE BETWEEN INTERVAL 30 MINUTES PRECEDING AND CURRENT ROW) AS recent,
sum(id) OVER (ORDER BY id DESC RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS down, count(*) OVER (ORDER BY cast(at AS DATE) RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS same_day, max(id) OVER (ORDER BY id RANGE UNBOUNDED PRECEDING) AS mx FROM t ORDER BY id""").show()
