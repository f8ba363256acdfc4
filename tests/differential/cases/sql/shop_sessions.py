"""Visits cut into sessions where half an hour passes."""
from pyspark.sql import SparkSession
from shop import create_views

spark = SparkSession.builder.getOrCreate()
create_views(spark)
spark.sql("""
WITH v AS (SELECT visitor, at, page, coalesce(unix_seconds(at) - unix_seconds(lag(at) OVER (PARTITION BY visitor ORDER BY at, page)), 99999) > 1800 AS fresh FROM visits),
s AS (SELECT *, sum(cast(fresh AS INT)) OVER (PARTITION BY visitor ORDER BY at, page) AS session FROM v)
SELECT visitor, session, count(*) AS pages, min(at) AS start, max(at) AS end, array_sort(collect_set(page)) AS seen FROM s GROUP BY visitor, session ORDER BY visitor, session LIMIT 30""").show(40, truncate=False)
