"""Observed metrics that are structs, arrays and maps."""
# connect
from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "one"), (2, "two"), (3, None)], "id INT, label STRING")
seen = Observation("seen")
df.observe(
    seen,
    F.struct(F.count("*").alias("rows"), F.max("label").alias("last")).alias("summary"),
    F.array(F.min("id"), F.max("id")).alias("range"),
    F.map_from_arrays(F.array(F.lit("sum")), F.array(F.sum("id"))).alias("sums"),
    F.array(F.struct(F.count("label").alias("labels"))).alias("nested"),
    F.max(F.lit(None).cast("string")).alias("nothing"),
).collect()
for name, value in seen.get.items():
    print(name, value)
