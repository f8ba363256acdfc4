"""Arrays of structs: fields across the array, sorting, filtering, exploding."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 1 AS id, array(named_struct('n', 'b', 'v', 2), named_struct('n', 'a', 'v', 5), named_struct('n', 'a', 'v', 1)) AS xs")
df.select("xs.n", "xs.v", F.col("xs")[0].n.alias("first"), F.array_sort("xs").alias("sorted"), F.sort_array("xs", False).alias("down")).show(truncate=False)
df.select(F.expr("filter(xs, x -> x.v > 1)").alias("f"), F.expr("transform(xs, x -> x.n || x.v)").alias("t"), F.expr("array_max(xs)").alias("m"), F.expr("aggregate(xs, 0, (a, x) -> a + x.v)").alias("s")).show(truncate=False)
df.select("id", F.inline("xs")).show()
df.select("id", F.explode("xs").alias("x")).select("id", "x.*").groupBy("n").agg(F.sum("v")).orderBy("n").show()
spark.sql("SELECT id, n, v FROM (SELECT 2 AS id, cast(NULL AS ARRAY<STRUCT<n: STRING, v: INT>>) AS xs) LATERAL VIEW OUTER inline(xs) t AS n, v").show()
