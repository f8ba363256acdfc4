"""Session time zone, conversion between zones, and how values are shown."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
evaluate(spark, """
current_timezone()
cast(TIMESTAMP '2024-07-01 12:00:00' AS STRING)
cast(TIMESTAMP '2024-07-01T12:00:00Z' AS STRING)
unix_seconds(TIMESTAMP '2024-07-01 12:00:00')
cast(TIMESTAMP_NTZ '2024-07-01 12:00:00' AS TIMESTAMP)
hour(TIMESTAMP '2024-07-01T12:00:00Z')
cast(DATE '2024-03-10' AS TIMESTAMP) + INTERVAL 24 HOURS
cast(TIMESTAMP '2024-03-10 02:30:00' AS STRING)
cast(TIMESTAMP '2024-11-03 01:30:00' AS STRING)
date_trunc('DAY', TIMESTAMP '2024-07-01T03:00:00Z')
cast(from_utc_timestamp(TIMESTAMP '2024-07-01 12:00:00', 'Asia/Tokyo') AS STRING)
cast(to_utc_timestamp(TIMESTAMP '2024-07-01 12:00:00', 'Asia/Tokyo') AS STRING)
convert_timezone('Europe/Berlin', 'UTC', TIMESTAMP_NTZ '2024-07-01 12:00:00')
convert_timezone('UTC', TIMESTAMP_NTZ '2024-07-01 12:00:00')
from_unixtime(0)
to_date(TIMESTAMP '2024-07-01T03:00:00Z')
from_utc_timestamp(TIMESTAMP '2024-07-01 12:00:00', 'Nowhere/Zone')
""")
spark.sql("SELECT TIMESTAMP '2024-07-01T12:00:00Z' AS t, TIMESTAMP_NTZ '2024-07-01 12:00:00' AS n").show(truncate=False)
