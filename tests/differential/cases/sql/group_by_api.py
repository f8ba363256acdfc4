"""groupBy in its forms."""
# connect
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1, 1.5), ("a", 2, 2.5), ("b", 3, 3.5)], "k STRING, i INT, d DOUBLE")
df.groupBy("k").agg({"i": "sum", "d": "max"}).orderBy("k").show()
df.groupBy(df.k, df.i % 2).count().orderBy("k", "count", "(i % 2)").show()
df.groupby("k").sum().orderBy("k").show()
df.groupBy("k").mean("i").orderBy("k").show()
df.groupBy("k").min().orderBy("k").show()
df.groupBy().max("d").show()
df.groupBy(["k"]).avg("i", "d").orderBy("k").show()
df.agg(F.sum("i"), F.countDistinct("k")).show()
df.agg({"*": "count"}).show()
df.groupBy(F.col("k").alias("key")).agg(F.sum("i").alias("s")).where("s > 2").orderBy("key").show()
