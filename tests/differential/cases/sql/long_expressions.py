"""Deep and wide expressions."""
from functools import reduce
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(5)
print(df.select(reduce(lambda a, b: a + b, [F.col("id")] * 100).alias("s")).agg(F.sum("s")).first()[0])
print(df.where(F.col("id").isin(list(range(1, 1000, 2)))).count())
wide = df.select(*[(F.col("id") + i).alias(f"c{i}") for i in range(200)])
print(len(wide.columns), wide.agg(F.sum("c199")).first()[0])
frame = df
for i in range(40):
    frame = frame.withColumn(f"n{i}", F.col("id") * i)
print(len(frame.columns), frame.where("n39 > 100").count())
print(reduce(lambda a, b: a.union(b), [df] * 20).count())
print(spark.sql("SELECT " + " + ".join(["1"] * 300) + " AS n").first()[0])
case = F.when(F.col("id") < 0, "never")
for i in range(50):
    case = case.when(F.col("id") == i, f"is {i}")
print([r[0] for r in df.orderBy("id").select(case.otherwise("none")).collect()])
