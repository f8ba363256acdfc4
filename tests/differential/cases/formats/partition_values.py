"""Odd values as partition directories: spaces, signs, nulls, dates, booleans, decimals."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES (1, 'a b'), (2, 'x=y'), (3, '50%'), (4, 'a:b'), (5, NULL), (6, 'q?#'), (7, '\u00e9') AS t(id, k)").coalesce(1)
df.write.partitionBy("k").csv(path("s"))
print(sorted({f.split("/")[0] for f in files("s") if "/" in f}))
print(sorted((r.k or "none", r._c0) for r in spark.read.csv(path("s")).collect()))
spark.sql("SELECT 1 AS id, DATE '2024-01-02' AS d, TIMESTAMP '2024-01-02 03:04:05' AS t, true AS b, 1.50 AS x").write.partitionBy("d", "t", "b", "x").json(path("m"))
print([f for f in files("m") if "/" in f][0].rsplit("/", 1)[0])
print(spark.read.json(path("m")).dtypes, spark.read.json(path("m")).first())
