"""DataFrames with the same name twice."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(2).select("id", (F.col("id") + 1).alias("id"), F.lit("x").alias("v"))
print(df.columns, df.orderBy("v").count(), sorted(map(tuple, df.collect())))
print(df.toDF("a", "b", "c").columns, df.drop("id").columns)
df.orderBy("v").limit(0).show()
a = spark.range(1).select("id", F.lit(1).alias("x"))
print(a.join(a.withColumnRenamed("x", "y"), "id").columns, a.crossJoin(a).columns, tuple(a.crossJoin(a).first()))
