"""Interval arithmetic, shown as text."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
for e in """
INTERVAL 1 YEAR 2 MONTHS
INTERVAL '1-2' YEAR TO MONTH + INTERVAL 3 MONTHS
INTERVAL '1 02:03:04.567' DAY TO SECOND
INTERVAL 1 DAY * 2.5
INTERVAL 1 DAY / 4
-INTERVAL 5 HOURS
make_interval(1, 2, 3, 4, 5, 6, 7.5)
make_dt_interval(1, 2, 3, 4.5)
make_ym_interval(1, 14)
INTERVAL 100 SECONDS
abs(INTERVAL -5 DAYS)
cast('5' AS INTERVAL DAY)
cast(INTERVAL '26' HOUR AS INTERVAL DAY TO SECOND)
sum(i) FROM VALUES (INTERVAL 1 DAY), (INTERVAL 2 DAYS) AS t(i) --
avg(i) FROM VALUES (INTERVAL 1 MONTH), (INTERVAL 2 MONTHS) AS t(i) --
extract(DAY FROM INTERVAL '5 10:00:00' DAY TO SECOND)
""".strip().splitlines():
    df = spark.sql(f"SELECT {e} \n") if e.endswith("--") else spark.sql(f"SELECT {e} AS r")
    df.show(truncate=False)
    print(df.schema[0].dataType.simpleString())
