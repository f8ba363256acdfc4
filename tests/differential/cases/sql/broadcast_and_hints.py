"""Hints change how, not what."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
a = spark.range(5).withColumn("x", F.col("id") * 2)
b = spark.range(3, 8)
print(sorted(map(tuple, a.join(F.broadcast(b), "id").collect())))
for hint in ("broadcast", "merge", "shuffle_hash", "shuffle_replicate_nl"):
    print(hint, sorted(map(tuple, a.join(b.hint(hint), "id").collect())))
a.createOrReplaceTempView("a"), b.createOrReplaceTempView("b")
print(spark.sql("SELECT /*+ BROADCAST(b), REPARTITION(3) */ count(*) FROM a JOIN b USING (id)").first()[0])
print(a.hint("rebalance").count(), a.hint("coalesce", 1).count())
