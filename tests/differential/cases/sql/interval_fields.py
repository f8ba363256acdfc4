"""Interval types of some fields: what is counted, what is shown, and what the type of a result is."""
from expressions import evaluate
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
cast(INTERVAL '1 02' DAY TO HOUR AS STRING)
cast(INTERVAL '-5' HOUR AS STRING)
cast(INTERVAL '5:04.05' MINUTE TO SECOND AS STRING)
cast(INTERVAL '-100.5' SECOND AS STRING)
cast(INTERVAL '1' YEAR AS STRING)
cast(INTERVAL '-14' MONTH AS STRING)
cast(INTERVAL '5' HOUR AS BIGINT)
cast(INTERVAL '1 02' DAY TO HOUR AS INT)
cast(INTERVAL '-1.9' SECOND AS INT)
cast(INTERVAL '1.5' SECOND AS DECIMAL(10, 2))
cast(INTERVAL '3' YEAR AS INT)
cast(5 AS INTERVAL DAY)
cast(5 AS INTERVAL HOUR)
cast('5' AS INTERVAL DAY)
cast("INTERVAL '5' DAY" AS INTERVAL DAY)
cast(INTERVAL '26' HOUR AS INTERVAL DAY)
cast(INTERVAL '26' HOUR AS INTERVAL DAY TO SECOND)
cast('x' AS INTERVAL DAY)
INTERVAL '1' DAY + INTERVAL '2' HOUR
INTERVAL 1 DAY * 2
abs(INTERVAL -1 DAY)
TIMESTAMP '2024-03-01 00:00:00' - DATE '2024-02-01'
coalesce(INTERVAL 1 DAY, INTERVAL 2 HOUR)
CASE WHEN true THEN INTERVAL 1 DAY ELSE INTERVAL 2 HOUR END
greatest(INTERVAL 1 DAY, INTERVAL 2 HOUR)
INTERVAL 1 WEEK
INTERVAL 1 DAY = INTERVAL 24 HOUR
typeof(INTERVAL 1 DAY)
concat('x', INTERVAL 1 DAY)
DATE '2024-03-01' + INTERVAL 1 DAY
DATE '2024-03-01' - INTERVAL 1 DAY
DATE '2024-03-01' + INTERVAL 1 HOUR
""")
frame = spark.sql("SELECT i, sum(i), avg(i), max(i) FROM (SELECT INTERVAL 1 DAY AS i) GROUP BY i")
frame.show(truncate=False)
frame.printSchema()
print(frame.schema.simpleString())
