"""Date, timestamp and interval literals."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
DATE '2024-02-29'
DATE '2024-2-9'
DATE '2023-02-29'
DATE '2024'
TIMESTAMP '2024-01-02 03:04:05.678'
TIMESTAMP '2024-01-02T03:04:05Z'
TIMESTAMP '2024-01-02 03:04:05+02:00'
TIMESTAMP '2024-01-02 03:04:05 America/New_York'
TIMESTAMP '2024-01-02'
TIMESTAMP_NTZ '2024-01-02 03:04:05'
TIMESTAMP_LTZ '2024-01-02 03:04:05'
INTERVAL '1' DAY
INTERVAL '1 02:03:04.5' DAY TO SECOND
INTERVAL 90 MINUTES
INTERVAL '-3' HOUR
TIMESTAMP 'never'
""")
