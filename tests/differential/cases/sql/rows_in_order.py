"""The order of rows that comes from the left side of a join, from ranges, and from numbers of rows."""

from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
left = spark.createDataFrame([(14, "Tom"), (23, "Alice"), (16, "Bob")], ["age", "name"])
right = spark.createDataFrame([(80, "Tom"), (85, "Bob")], ["height", "name"])
for how in ["left", "left_semi", "left_anti", "inner"]:
    print(how, [tuple(r) for r in left.join(right, "name", how).collect()])
print(left.zipWithIndex().collect())
numbers = spark.range(100).repartitionByRange(4, F.col("id").desc()).withColumn("p", F.spark_partition_id())
bounds = numbers.groupBy("p").agg(F.min("id").alias("low"), F.max("id").alias("high")).orderBy("p").collect()
print(len(bounds), all(bounds[i].low > bounds[i + 1].high for i in range(3)), bounds[0].high, bounds[3].low)
mixed = spark.range(12).repartition(3).sortWithinPartitions(F.col("id").desc()).withColumn("p", F.spark_partition_id())
rows = mixed.collect()
print(sorted(r.id for r in rows), len({r.p for r in rows}))
print(all(x.id > y.id for x, y in zip(rows, rows[1:]) if x.p == y.p))
