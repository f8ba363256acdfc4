"""row_number, rank, dense_rank, percent_rank, cume_dist, ntile."""
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT * FROM VALUES ('a', 1), ('a', 2), ('a', 2), ('a', 5), ('b', 7), ('b', NULL) AS t(k, v)")
w = Window.partitionBy("k").orderBy("v")
df.select(
    "k", "v", F.row_number().over(w).alias("rn"), F.rank().over(w).alias("rank"), F.dense_rank().over(w).alias("dense"),
    F.round(F.percent_rank().over(w), 3).alias("pct"), F.cume_dist().over(w).alias("cume"), F.ntile(2).over(w).alias("nt"),
).orderBy("k", "rn").show()
