"""Window specifications in Python: rowsBetween, rangeBetween, and errors without an order."""
from outcome import outcome
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("a", 1), ("a", 2), ("a", 4), ("b", 8)], "k STRING, v INT")
w = Window.partitionBy("k").orderBy(F.desc("v"))
df.withColumn("s", F.sum("v").over(w)).withColumn("all", F.sum("v").over(Window.partitionBy("k"))).withColumn(
    "two", F.sum("v").over(w.rowsBetween(Window.currentRow, 1))).withColumn(
    "rng", F.count("*").over(w.rangeBetween(-2, Window.unboundedFollowing))).orderBy("k", "v").show()
top = df.withColumn("rn", F.row_number().over(w)).where("rn = 1").drop("rn")
top.orderBy("k").show()
outcome(lambda: df.select(F.row_number().over(Window.partitionBy("k"))).collect())
outcome(lambda: df.select(F.lag("v").over(w.rowsBetween(-1, 1))).collect())
outcome(lambda: df.where(F.row_number().over(w) == 1).collect())
