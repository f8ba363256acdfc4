"""observe with an Observation."""
from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
seen = Observation("stats")
df = spark.range(10).observe(seen, F.count(F.lit(1)).alias("rows"), F.max("id").alias("top"), F.sum(F.col("id") % 2).alias("odd"))
print(df.where("id > 5").count())
print(dict(sorted(seen.get.items())))
unnamed = Observation()
spark.range(3).observe(unnamed, F.avg("id").alias("avg")).collect()
print(unnamed.get)
