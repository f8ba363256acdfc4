"""SQL text that does not parse."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
for text in ("SELEC 1", "SELECT", "SELECT 1 FROM", "SELECT * FROM t WHERE", "SELECT (1", "SELECT 1)", "SELECT 'open", "", "SELECT 1 1", "SELECT a b c", "CREATE TABLE", "SELECT * FROM t GROUP", "SELECT cast(1 AS nope)", "SELECT 1; SELECT 2", "SELECT `a", "SELECT 1 +", "INSERT t VALUES 1", "SELECT a.b.`c"):
    print(repr(text))
    outcome(lambda: spark.sql(text).collect())
