"""Filters with null conditions."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES (1, true, 5), (2, false, NULL), (3, NULL, 7), (4, true, NULL) AS t(id, b, v)")
for condition in ("b", "NOT b", "b IS NULL", "b = true", "b <=> NULL", "b OR v > 6", "b AND v IS NULL", "NOT (b AND v > 1)", "v > 5 IS NOT TRUE", "b IN (true, NULL)", "b NOT IN (true)", "v NOT IN (5, NULL)", "coalesce(b, false) = false", "v BETWEEN 5 AND 6 OR b IS UNKNOWN", "true", "false", "id IN (SELECT v - 4 FROM VALUES (5), (NULL) AS u(v))"):
    print(condition, [r.id for r in df.where(condition).orderBy("id").collect()])
