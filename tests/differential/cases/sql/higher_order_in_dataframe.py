"""transform, filter, aggregate and exists as DataFrame functions with Python lambdas."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, [1, 2, 3], {"a": 1}), (2, [], {}), (3, None, None)], "id INT, xs ARRAY<INT>, m MAP<STRING, INT>")
df.select(
    "id",
    F.transform("xs", lambda x: x + F.col("id")).alias("plus"),
    F.transform("xs", lambda x, i: x * i).alias("times"),
    F.filter("xs", lambda x: x % 2 == 1).alias("odd"),
    F.aggregate("xs", F.lit(0), lambda acc, x: acc + x).alias("sum"),
    F.exists("xs", lambda x: x > 2).alias("some"),
    F.forall("xs", lambda x: x > 0).alias("all"),
    F.transform_values("m", lambda k, v: F.concat(k, v.cast("string"))).alias("mv"),
    F.zip_with("xs", F.reverse("xs"), lambda a, b: a - b).alias("zip"),
).orderBy("id").show(truncate=False)
