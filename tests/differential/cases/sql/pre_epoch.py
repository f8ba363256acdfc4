"""Dates and timestamps before 1970."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
unix_date(DATE '1969-12-31')
cast(TIMESTAMP '1969-12-31 23:59:59.9' AS BIGINT)
unix_seconds(TIMESTAMP '1969-12-31 23:59:59.9')
unix_millis(TIMESTAMP '1969-12-31 23:59:59.9999')
second(TIMESTAMP '1969-12-31 23:59:59.9')
date_trunc('HOUR', TIMESTAMP '1969-12-31 23:30:00')
date_trunc('WEEK', DATE '1969-12-31')
year(DATE '0001-01-01')
dayofweek(DATE '1900-01-01')
weekofyear(DATE '1900-01-01')
datediff(DATE '1969-12-31', DATE '1970-01-02')
add_months(DATE '1969-12-31', 2)
cast(TIMESTAMP '1960-02-29 00:00:00' AS DATE)
cast(-1.5D AS TIMESTAMP)
window(TIMESTAMP '1969-12-31 23:59:59', '10 minutes').start
date_format(TIMESTAMP '1883-11-18 12:00:00', 'yyyy-MM-dd HH:mm:ss')
last_day(DATE '1900-02-01')
DATE '1600-02-29' + INTERVAL 100 YEARS
months_between(DATE '1969-12-31', DATE '1970-02-28')
""")
