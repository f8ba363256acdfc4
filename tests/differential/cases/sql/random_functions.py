"""Random functions: ranges and shapes, not values."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(200)
r = df.select(F.rand(5).alias("r"))
print(r.where("r >= 0 AND r < 1").count(), r.distinct().count() > 190, df.select(F.randn(1).alias("n")).where("n > -10 AND n < 10").count())
print(df.select(F.uniform(F.lit(3), F.lit(5)).alias("u")).where("u BETWEEN 3 AND 5").count(), len(df.select(F.uuid()).distinct().collect()))
parts = df.randomSplit([0.5, 0.5], 7)
print(sum(p.count() for p in parts), 40 < parts[0].count() < 160)
print(20 < df.sample(0.5, 3).count() < 180, df.sample(True, 2.0, 3).count() > 200)
print(df.withColumn("m", F.monotonically_increasing_id()).select("m").distinct().count())
