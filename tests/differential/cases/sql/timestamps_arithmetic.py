"""Timestamps: intervals, differences, units."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
TIMESTAMP '2024-01-31 10:00:00' + INTERVAL 1 MONTH
TIMESTAMP '2024-01-31 10:00:00' + INTERVAL '1 02:00:00' DAY TO SECOND
TIMESTAMP '2024-01-31 10:00:00' - INTERVAL 90 MINUTES
DATE '2024-01-31' + INTERVAL 1 MONTH
DATE '2024-01-31' + INTERVAL 5 HOURS
TIMESTAMP '2024-01-02 00:00:00' - TIMESTAMP '2024-01-01 12:30:00'
DATE '2024-01-02' - TIMESTAMP '2024-01-01 12:30:00'
timestampadd(HOUR, 5, TIMESTAMP '2024-01-01 00:00:00')
timestampadd(MONTH, 1, DATE '2024-01-31')
timestampdiff(MINUTE, TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 02:30:59')
timestampdiff(MONTH, DATE '2024-01-31', DATE '2024-02-29')
dateadd(WEEK, 2, DATE '2024-01-01')
datediff(YEAR, DATE '2020-02-29', DATE '2024-02-28')
make_timestamp(2024, 2, 29, 10, 11, 12.345)
make_timestamp(2024, 2, 30, 10, 11, 12)
make_timestamp(2024, 2, 29, 10, 11, 60)
make_timestamp(2024, 2, 29, 10, 11, 12, 'America/New_York')
make_timestamp_ntz(2024, 2, 29, 10, 11, 12)
make_timestamp_ltz(2024, 2, 29, 10, 11, 12)
try_make_timestamp(2024, 2, 30, 10, 11, 12)
timestamp_seconds(1.5)
timestamp_millis(1500)
timestamp_micros(1500000)
unix_seconds(TIMESTAMP '2024-01-01 00:00:00.9')
unix_millis(TIMESTAMP '2024-01-01 00:00:00.9')
unix_micros(TIMESTAMP '2024-01-01 00:00:00.9')
""")
