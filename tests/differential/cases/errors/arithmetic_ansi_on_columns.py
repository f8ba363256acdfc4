"""The same over columns rather than constants."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(2147483647, "12x", 0, [1], {"a": 1}, 9.99)], "i INT, s STRING, z INT, xs ARRAY<INT>, m MAP<STRING, INT>, d DOUBLE")
for e in ("i + 1", "i / z", "i % z", "cast(s AS INT)", "cast(s AS DOUBLE)", "xs[3]", "element_at(xs, 3)", "element_at(xs, 0)", "m['zz']", "element_at(m, 'zz')", "cast(d AS DECIMAL(2, 2))", "to_date(s)", "to_timestamp(s, 'yyyy')", "s + 1", "make_date(2024, 13, i)", "cast(i AS SMALLINT)", "s = 1", "array_insert(xs, z, 1)"):
    print(e)
    outcome(lambda: df.selectExpr(e).collect())
