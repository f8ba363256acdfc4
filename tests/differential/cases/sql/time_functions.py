"""Functions of TIME where they are switched on, buckets of time, scaled intervals."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.timeType.enabled", "true")
evaluate(spark, """
make_time(1, 2, 3.5)
make_time(25, 2, 3)
to_time('10:11:12.123456')
to_time('10.11', 'HH.mm')
try_to_time('x')
to_time('x')
time_diff('HOUR', TIME '10:00:00', TIME '12:30:00')
time_diff('DAY', TIME '10:00:00', TIME '12:30:00')
time_trunc('HOUR', TIME '10:11:12.123456')
hour(TIME '10:11:12')
second(TIME '10:11:12.5')
time_from_seconds(3661.5)
time_from_seconds(90000)
time_to_seconds(TIME '00:01:01.5')
time_to_micros(TIME '00:00:01')
make_timestamp(DATE '2024-01-01', TIME '10:00:00', 'CET')
make_timestamp_ntz(DATE '2024-01-01', TIME '10:00:00')
cast(make_interval(1, 2, 3, 4, 5, 6, 7.5) * 1.5 AS STRING)
cast(make_interval(0, 1, 0, 1) / 2 AS STRING)
cast(try_divide(make_interval(0, 1), 0) AS STRING)
make_interval(0, 1) / 0
""")
for zone in ["UTC", "America/Los_Angeles"]:
    spark.conf.set("spark.sql.session.timeZone", zone)
    for size in ["'15' MINUTE", "'5' HOUR", "'1' DAY", "'7' DAY", "'1' MONTH"]:
        for time in ["TIMESTAMP '2024-03-11 10:22:00'", "TIMESTAMP '1969-03-11 10:22:00'", "TIMESTAMP_NTZ '2024-03-11 10:22:00'"]:
            print(zone, size, time, spark.sql(f"SELECT cast(time_bucket(INTERVAL {size}, {time}) AS STRING)").first()[0])
