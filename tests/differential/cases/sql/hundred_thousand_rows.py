"""Exact answers over more rows than fit into one batch."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(0, 100_000, 1, 4).select("id", (F.col("id") % 1000).alias("k"), (F.col("id") * 7919 % 10007).alias("v"), F.concat(F.lit("n"), F.col("id") % 97).alias("s"))
print(df.agg(F.sum("v"), F.avg("v"), F.min("v"), F.max("v"), F.countDistinct("v"), F.countDistinct("s")).first())
print(df.groupBy("k").agg(F.sum("v").alias("t")).agg(F.sum("t"), F.count("*"), F.max("t")).first())
print(df.join(df.where("id < 1000").select(F.col("id").alias("k"), F.col("v").alias("w")), "k").agg(F.count("*"), F.sum("w")).first())
print(df.orderBy(F.desc("v"), "id").limit(3).collect())
print(df.select("s").distinct().count(), df.dropDuplicates(["k", "s"]).count(), df.where("s = 'n5'").count())
print(df.repartition(7, "s").groupBy(F.spark_partition_id()).count().agg(F.sum("count")).first()[0])
