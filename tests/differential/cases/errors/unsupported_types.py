"""Interval and parse oddities in literals."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
for e in ("INTERVAL 1 MONTH 1 DAY", "INTERVAL 'x' DAY", "INTERVAL '1-13' YEAR TO MONTH", "INTERVAL 1 NOPE", "DATE 'x'", "TIMESTAMP 'x'", "X'ZZ'", "99999999999L", "99999999999999999999L", "1000Y", "1e999D", "DECIMAL '1'", "cast('x' AS DECIMAL(50))", "1.5E400BD"):
    print(e)
    outcome(lambda: spark.sql(f"SELECT {e}").collect())
