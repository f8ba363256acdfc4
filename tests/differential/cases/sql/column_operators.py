"""Operators of Column."""
# connect
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(7, 2, "spark", True, None)], "a INT, b INT, s STRING, t BOOLEAN, n INT")
a, b, s, t, n = (F.col(c) for c in df.columns)
for column in (a + b, a - b, a * b, a / b, a % b, a ** b, -a, 10 - a, 10 / a, 3 * b, 10 % b, a > b, a >= 7, a < b, a <= 7, a == b, a != b, a.eqNullSafe(n), t & (a > 1), t | t, ~t, a.bitwiseAND(b), a.bitwiseOR(b), a.bitwiseXOR(b), s.substr(2, 3), s.like("sp%"), s.ilike("SP%"), s.rlike("^s"), s.contains("ark"), s.startswith("s"), s.endswith("k"), a.between(1, 10), a.isin([1, 7]), a.isin(), n.isNull(), a.isNotNull(), a.isNull(), a.cast("string"), a.astype("double"), a.alias("q"), F.lit([1, 2]), F.lit(2) + 1):
    row = df.select(column)
    print(row.columns[0], "=>", row.first()[0])
