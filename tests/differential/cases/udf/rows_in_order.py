"""In which order the results of functions over groups come where the input's order is known."""
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
numbers = spark.range(10)
data = numbers.withColumn("v", F.explode(F.array(F.lit(1.0) + F.col("id"), F.lit(20.0))))

@F.pandas_udf("double")
def mean(v: pd.Series) -> float:
    return v.mean()

print(data.groupBy("id").agg(mean("v").alias("m")).collect() == data.groupBy("id").agg(F.mean("v").alias("m")).collect())
print([r.id for r in data.groupBy("id").agg(mean("v")).collect()])
print([r.id for r in data.groupBy("id").count().collect()])
print([r.id for r in numbers.groupBy("id").applyInPandas(lambda f: f, "id long").collect()])
print([r.id for r in spark.range(9, -1, -1).groupBy("id").applyInPandas(lambda f: f, "id long").collect()])
print([r.id for r in spark.range(10, numPartitions=3).filter("id % 2 = 0").repartition(1).mapInPandas(lambda it: it, "id long").collect()])
print([r.id for r in spark.range(10, numPartitions=5).coalesce(2).collect()])

def shapes(left, right):
    key = (left if len(left) else right)["id"][0]
    return pd.DataFrame({"id": [key], "l": [len(left)], "r": [len(right)]})

def cogrouped(left, right):
    return sorted(map(tuple, left.groupBy("id").cogroup(right.groupBy("id")).applyInPandas(shapes, "id long, l long, r long").collect()))

few = spark.createDataFrame([(i * 3,) for i in range(4)], "id long")
for pair in ((numbers, data), (numbers, spark.range(5, 15)), (numbers, few), (few, numbers)):
    print(cogrouped(*pair))
for how in ("inner", "full", "left_semi", "left_anti"):
    print(how, sorted(map(tuple, spark.range(20).join(spark.range(5, 30, 2), "id", how).collect())))
    print(how, sorted(map(tuple, few.join(spark.range(20), "id", how).collect())))
    print(how, sorted(map(tuple, spark.range(4).join(spark.range(4).hint("merge"), "id", how).collect())))
print(sorted(map(tuple, spark.range(10).union(spark.range(5, 12)).groupBy("id").count().collect())))
print(spark.range(100).withColumn("k", F.col("id") % 3).groupBy("k").count().orderBy("k").collect())
print(sorted(map(tuple, spark.range(6).dropDuplicates(["id"]).limit(4).collect())))
