"""Chains of joins, joins after aggregates, joins of unions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
a = spark.range(6).withColumn("k", F.col("id") % 3)
b = spark.range(3).select(F.col("id").alias("k"), (F.col("id") * 10).alias("v"))
c = spark.range(2).select(F.col("id").alias("k"), F.lit("c").alias("t"))
a.join(b, "k").join(c, "k", "left").groupBy("t").agg(F.sum("v"), F.count("id")).orderBy("t").show()
a.groupBy("k").count().join(b.groupBy("k").agg(F.max("v").alias("m")), "k").orderBy("k").show()
a.union(a).join(b.where("k > 0"), "k", "left").orderBy("id", "v").show()
a.alias("x").join(a.alias("y"), (F.col("x.k") == F.col("y.k")) & (F.col("x.id") < F.col("y.id"))).select("x.id", "y.id").orderBy("x.id", "y.id").show()
