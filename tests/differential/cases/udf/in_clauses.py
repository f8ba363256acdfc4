"""UDFs in filters, joins, groups, sorts and aggregates."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "bb"), (3, "cc")], "i INT, s STRING")
size = F.udf(len, "int")
even = F.udf(lambda i: i % 2 == 0, "boolean")
df.where(even("i")).show()
df.groupBy(size("s").alias("n")).agg(F.sum("i")).orderBy("n").show()
df.orderBy(size("s").desc(), "i").show()
df.alias("a").join(df.alias("b"), size("a.s") == F.col("b.i")).select("a.s", "b.i").orderBy("a.s", "b.i").show()
df.agg(F.max(size("s"))).show()
df.select(F.when(even("i"), size("s")).otherwise(-1).alias("w")).orderBy("w").show()
