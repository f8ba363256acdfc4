"""Intervals in columns: ordering, sums, comparison, arithmetic with dates."""
import datetime
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, datetime.timedelta(hours=5)), (2, datetime.timedelta(days=-1, seconds=30)), (3, None)], "id INT, d INTERVAL DAY TO SECOND")
print(df.orderBy("d").collect())
df.orderBy("id").show(truncate=False)
print(df.agg(F.sum("d"), F.min("d"), F.max("d"), F.avg("d")).first())
print(df.select((F.lit(datetime.datetime(2024, 1, 1)) + F.col("d")).alias("t"), (F.col("d") * 2).alias("twice"), (F.col("d") > datetime.timedelta(0)).alias("pos"), F.abs("d").alias("abs"), F.extract(F.lit("HOUR"), "d").alias("h")).orderBy("t").collect())
df.selectExpr("id", "DATE '2024-01-31' + make_ym_interval(0, id) AS m", "make_ym_interval(id, 1) AS y").orderBy("id").show()
