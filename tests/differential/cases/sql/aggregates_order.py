"""first, last, max_by, min_by, mode, any_value and collecting."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES ('a', 1, 'x'), ('a', 3, 'y'), ('a', 3, 'y'), ('a', 4, NULL), ('b', 5, 'z') AS t(k, v, s)")
df.groupBy("k").agg(
    F.max_by("s", "v"), F.min_by("s", "v"), F.mode("v"), F.array_sort(F.collect_list("v")).alias("list"),
    F.array_sort(F.collect_set("v")).alias("set"), F.array_sort(F.collect_list("s")).alias("texts"), F.count_distinct("v", "s"), F.sum_distinct("v"),
).orderBy("k").show(truncate=False)
one = df.coalesce(1).orderBy("v", "s")
one.agg(F.first("s"), F.first("s", ignorenulls=True), F.last("s"), F.last("s", True), F.any_value("k")).show()
spark.sql("SELECT listagg(s, ',') WITHIN GROUP (ORDER BY s DESC) AS l, string_agg(DISTINCT k, '-') WITHIN GROUP (ORDER BY k) AS d FROM VALUES ('a', 'x'), ('a', 'y'), ('b', 'z') AS t(k, s)").show()
