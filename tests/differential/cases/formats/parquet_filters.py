"""Filters over parquet: every comparison, nulls, in, strings, dates, across row groups."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.range(1000).selectExpr("id", "if(id % 10 = 0, NULL, id % 7) AS k", "concat('s', id % 5) AS s", "date_add(DATE '2024-01-01', cast(id % 30 AS INT)) AS d", "cast(id AS DECIMAL(10,2)) / 3 AS dec").repartition(4).write.parquet(path("p"))
df = spark.read.parquet(path("p"))
for condition in ("id < 10", "id >= 990", "id = 500", "id <> 500", "k IS NULL", "k IS NOT NULL AND id < 100", "k IN (1, 2)", "k NOT IN (1, 2)", "s = 's1'", "s LIKE 's%1'", "s > 's3'", "d = DATE '2024-01-15'", "d BETWEEN '2024-01-10' AND '2024-01-12'", "k <=> NULL", "id % 2 = 0 AND s = 's2'", "dec > 300", "id < 5 OR id > 995", "NOT (id > 3)", "id = 1.0", "upper(s) = 'S4'"):
    print(condition, df.where(condition).count())
