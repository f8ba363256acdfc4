"""Which column `df["a"]` means in joins of a DataFrame with itself and after joins by name."""

from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "b")], ["i", "j"])
other = df.withColumnRenamed("j", "k")
print(sorted(map(tuple, df.join(other, df.j == other.k).collect())))
left, right = spark.createDataFrame([(1,)], ["a"]), spark.createDataFrame([(1, "v")], ["a", "b"])
joined = left.join(right, "a").withColumn("c", F.lit(0))
print(joined.columns, joined.select(left["*"]).columns, joined.select(right["*"]).columns)
print(joined.select(right.a, left.a).collect())
