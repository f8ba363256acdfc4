"""Many aggregate functions over the batches of a stream."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("in/a.csv", "a,1,1.5", "b,2,2.5", "a,3,3.5")
write("in/b.csv", "a,5,0.5", "b,,1.0")
df = spark.readStream.schema("k STRING, i INT, d DOUBLE").option("maxFilesPerTrigger", 1).csv(path("in"))
result = df.groupBy("k").agg(
    F.sum("i"), F.avg("d"), F.min("i"), F.max("d"), F.count("i"), F.approx_count_distinct("i"),
    F.sort_array(F.collect_set("i")).alias("set"), F.sort_array(F.collect_list("d")).alias("list"),
    F.round(F.stddev("d"), 6).alias("sd"), F.round(F.var_pop("d"), 6).alias("vp"), F.max_by("i", "d"), F.bool_and(F.col("i") > 0), F.count_if(F.col("i") > 1),
)
query = result.writeStream.outputMode("complete").format("memory").queryName("out").trigger(availableNow=True).start()
query.awaitTermination()
spark.table("out").orderBy("k").show(truncate=False)
print(spark.table("out").dtypes)
