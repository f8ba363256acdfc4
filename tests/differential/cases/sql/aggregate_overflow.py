"""Sums that overflow, averages that do not."""
from pyspark.sql import SparkSession
from expressions import evaluate

spark = SparkSession.builder.getOrCreate()
evaluate(spark, """
sum(v) FROM VALUES (9223372036854775807L), (1L) AS t(v) --
try_sum(v) FROM VALUES (9223372036854775807L), (1L) AS t(v) --
avg(v) FROM VALUES (9223372036854775807L), (9223372036854775807L) AS t(v) --
sum(v) FROM VALUES (2147483647), (2147483647) AS t(v) --
sum(v) FROM VALUES (127Y), (127Y) AS t(v) --
sum(v) FROM VALUES (1.5F), (2.5F) AS t(v) --
sum(v) FROM VALUES ('1'), ('2.5') AS t(v) --
sum(v) FROM VALUES ('x') AS t(v) --
sum(v) FROM VALUES (99999999999999999999999999999999999999BD), (1BD) AS t(v) --
avg(v) FROM VALUES (1.1BD), (2.2BD), (3.4BD) AS t(v) --
""")
