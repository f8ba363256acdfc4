"""Hints: those about partitions work, unknown ones mean nothing, malformed ones are refused."""

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.range(20).repartition(4)
parts = lambda d: d.select(F.spark_partition_id().alias("p")).distinct().count()
print(parts(df.hint("coalesce", 2)), parts(df.hint("repartition", 3)), df.hint("no such hint", 1, "x").count())
print(spark.sql("SELECT /*+ COALESCE(1) */ id FROM range(6) SORT BY id DESC").collect())
for hint in [("coalesce",), ("coalesce", "id"), ("repartition", "id", 3), ("repartition", "nope"), ("repartition", -1)]:
    try:
        print(df.hint(*hint).count())
    except PySparkException as e:
        print(hint, type(e).__name__, e.getCondition())
a, b = spark.range(3).withColumn("x", F.lit(1)), spark.range(1, 4).withColumn("y", F.lit(2))
for name in ["broadcast", "merge", "shuffle_hash"]:
    for how in ["inner", "left", "right", "full", "left_semi", "left_anti"]:
        print(name, how, sorted(map(str, a.join(b.hint(name), "id", how).collect())))
