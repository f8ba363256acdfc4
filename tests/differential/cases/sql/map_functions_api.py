"""Maps in DataFrames: from columns, lookup by column, exploding, grouping into maps."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1, {"a": 10, "b": 20}), ("z", 2, {}), ("b", 3, None)], "k STRING, v INT, m MAP<STRING, INT>")
df.select("k", F.col("m")[F.col("k")].alias("at"), F.try_element_at("m", "k").alias("t"), F.create_map("k", "v").alias("c"), F.size("m"), F.map_keys("m")).orderBy("k").show()
df.select("k", F.explode("m")).orderBy("key").show()
df.groupBy().agg(F.map_from_entries(F.array_sort(F.collect_list(F.struct("k", "v")))).alias("all")).show(truncate=False)
df.select(F.map_filter("m", lambda k, v: v > 10).alias("f"), F.transform_values("m", lambda k, v: v + 1).alias("t"), F.map_contains_key("m", "a").alias("has")).orderBy("has").show()
