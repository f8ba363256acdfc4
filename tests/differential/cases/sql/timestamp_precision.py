"""Microseconds, and what is cut off."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
TIMESTAMP '2024-01-01 00:00:00.123456'
cast(TIMESTAMP '2024-01-01 00:00:00.100000' AS STRING)
cast('2024-01-01 00:00:00.1234567' AS TIMESTAMP)
cast(TIMESTAMP '2024-01-01 00:00:00.123456' AS DOUBLE)
cast(TIMESTAMP '1969-12-31 23:59:59.5' AS BIGINT)
date_format(TIMESTAMP '2024-01-01 00:00:00.123456', 'SSSSSS')
date_trunc('MICROSECOND', TIMESTAMP '2024-01-01 00:00:00.123456')
to_timestamp('2024-01-01 00:00:00.12', 'yyyy-MM-dd HH:mm:ss.SS')
extract(SECOND FROM TIMESTAMP '2024-01-01 00:00:59.999999')
TIMESTAMP '2024-01-01 00:00:00' + INTERVAL '0.000001' SECOND
timestamp_micros(-1)
unix_micros(timestamp_millis(1))
cast(1704067200.123456BD AS TIMESTAMP)
""")
