"""range, repartition and coalesce: counts and partitions."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
print([r.id for r in spark.range(5).collect()], [r.id for r in spark.range(2, 10, 3).collect()], [r.id for r in spark.range(5, 0, -2).collect()], spark.range(0).count())
df = spark.range(0, 10, 1, 4)
parts = lambda df: df.select(F.spark_partition_id().alias("p")).distinct().count()
print(parts(df), parts(df.coalesce(2)), parts(df.repartition(3)), parts(df.repartition(1)))
print(df.repartition(5, "id").count(), df.repartitionByRange(2, "id").count(), df.repartition("id").count())
print(df.repartitionByRange(2, "id").withColumn("p", F.spark_partition_id()).groupBy("p").agg(F.min("id"), F.max("id")).orderBy("p").collect())
