"""lag, lead, nth_value, first and last through the API, with defaults and nulls ignored."""
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1, "p"), ("a", 2, None), ("a", 3, "q"), ("b", 1, None), ("b", 2, "r")], "k STRING, i INT, s STRING")
w = Window.partitionBy("k").orderBy("i")
whole = w.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
df.select("k", "i", F.lag("s").over(w).alias("lag"), F.lag("s", 1, "none").over(w).alias("lagd"), F.lead("i", 2, -1).over(w).alias("lead2"), F.first("s", True).over(w).alias("first"), F.last("s", ignorenulls=True).over(whole).alias("last"), F.nth_value("s", 2).over(whole).alias("nth"), F.nth_value("s", 1, True).over(whole).alias("nthn"), F.count("s").over(w).alias("n"), F.collect_list("s").over(w).alias("list")).orderBy("k", "i").show()
