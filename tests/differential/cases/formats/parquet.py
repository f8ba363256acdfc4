"""Parquet: types, column pruning, merging schemas."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.sql("""SELECT 1 AS i, 2L AS l, 'x' AS s, 1.5D AS d, 2.5F AS f, 1.10BD AS dec, true AS b, DATE '2024-01-02' AS day, TIMESTAMP '2024-01-02 03:04:05.123456' AS at,
  TIMESTAMP_NTZ '2024-01-02 03:04:05' AS ntz, array(1, NULL) AS arr, map('k', 1) AS m, named_struct('x', 1) AS st, X'4142' AS bin, 1Y AS tiny, 1S AS small, NULL AS nothing""")
df.drop("nothing").coalesce(1).write.parquet(path("p"))
back = spark.read.parquet(path("p"))
back.printSchema()
back.show(vertical=True, truncate=False)
print([f for f in files("p")])
spark.range(2).withColumnRenamed("id", "a").write.parquet(path("m/x=1"))
spark.range(2).selectExpr("id AS b").write.parquet(path("m/x=2"))
print(sorted(spark.read.option("mergeSchema", True).parquet(path("m")).columns))
