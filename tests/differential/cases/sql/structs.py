"""Structs: making, reading, star, withField and dropFields."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.sql("SELECT 1 AS id, named_struct('a', 10, 'b', named_struct('c', 'x')) AS s")
df.select("id", "s.a", "s.b.c", F.col("s")["a"].alias("item"), F.col("s").getField("b").alias("field")).show()
df.select("s.*").show()
df.select(F.col("s").withField("d", F.lit(1.5)).alias("s")).printSchema()
df.select(F.col("s").withField("b.c", F.lit("new")).alias("s"), F.col("s").dropFields("a").alias("less")).show()
df.select(F.struct("id", F.lit(2).alias("two")).alias("t"), F.struct(F.col("id") + 1).alias("u")).printSchema()
spark.sql("SELECT struct(1, 'a') AS s, (1, 2) AS p").printSchema()
