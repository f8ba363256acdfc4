"""Joins on several, unequal, null-safe and computed conditions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, 5), (2, 15), (None, 7)], "id INT, v INT").alias("a")
b = spark.createDataFrame([(1, 0, 10), (2, 10, 20), (None, 0, 100)], "id INT, lo INT, hi INT").alias("b")
a.join(b, (F.col("a.v") >= F.col("b.lo")) & (F.col("a.v") < F.col("b.hi"))).select("a.id", "v", "lo", "hi").orderBy("v", "hi").show()
a.join(b, F.col("a.id").eqNullSafe(F.col("b.id"))).select("a.id", "v", "lo").orderBy("v").show()
a.join(b, [F.col("a.id") == F.col("b.id"), F.col("v") > 10], "left").select("a.id", "v", "lo").orderBy("v").show()
a.join(b, F.col("a.id") + 1 == F.col("b.id")).select("a.id", "b.id").show()
a.join(b).count()
print(a.join(b).count(), a.join(b, F.lit(False), "left").count())
