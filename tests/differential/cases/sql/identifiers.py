"""Names: case, quotes, odd characters, reserved words."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 1 AS `a b`, 2 AS `x.y`, 3 AS `select`, 4 AS Mixed, 5 AS `back``tick`, 6 AS `é`, 7 AS date, 8 AS _u")
print(df.columns)
print(df.select("`a b`", "`x.y`", "select", "MIXED", "`back``tick`", "é", "date").columns)
df.createOrReplaceTempView("T")
print(spark.sql("SELECT mixed, MIXED + 1, t.`x.y`, `select` FROM t").columns)
spark.conf.set("spark.sql.caseSensitive", True)
outcome(lambda: df.select("MIXED").collect())
print(df.select("Mixed").collect())
