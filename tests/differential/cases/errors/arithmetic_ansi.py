"""Run-time ANSI errors with their parameters."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
for e in ("1 / 0", "1 % 0", "1.5 / 0", "1 div 0", "2147483647 + 1", "2147483647 * 2", "-(-2147483648)", "abs(-2147483648)", "9223372036854775807L + 1L", "100Y + 100Y", "cast('x' AS INT)", "cast('x' AS DATE)", "cast('x' AS TIMESTAMP)", "cast('x' AS BOOLEAN)", "cast('x' AS DECIMAL(3,1))", "cast(1e10 AS INT)", "cast(300 AS TINYINT)", "cast(123.45 AS DECIMAL(3, 2))", "factorial(1) / 0.0D", "sum(v) FROM VALUES (9223372036854775807L), (1L) AS t(v)"):
    print(e)
    outcome(lambda: spark.sql(f"SELECT {e}").collect())
