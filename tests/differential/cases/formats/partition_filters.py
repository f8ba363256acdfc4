"""Filters on partition columns and on data columns together."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.range(60).selectExpr("id", "id % 3 AS a", "concat('k', id % 4) AS b").write.partitionBy("a", "b").json(path("p"))
df = spark.read.json(path("p"))
print(df.dtypes)
for condition in ("a = 1", "b = 'k2'", "a = 1 AND b = 'k2'", "a = 1 OR id = 0", "a IN (0, 2) AND id < 10", "b LIKE 'k%' AND a <> 0", "a > 5", "id = 7"):
    print(condition, df.where(condition).count())
print(df.groupBy("a").count().orderBy("a").collect(), df.select("b").distinct().orderBy("b").collect(), df.select("a", "b").dropDuplicates().count())
