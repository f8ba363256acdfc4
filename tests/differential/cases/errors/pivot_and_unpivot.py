"""Pivots and unpivots that cannot be."""
# connect
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", 2.0)], "i INT, s STRING, d DOUBLE")
outcome(lambda: df.unpivot("i", ["s", "d"], "n", "v").collect())
outcome(lambda: df.unpivot("i", [], "n", "v").collect())
outcome(lambda: df.unpivot("nope", ["s"], "n", "v").collect())
outcome(lambda: df.groupBy("i").pivot("nope").sum("d").collect())
outcome(lambda: df.groupBy("i").pivot("s").agg({"nope": "sum"}).collect())
outcome(lambda: df.groupBy("i").sum("s").collect())
outcome(lambda: df.groupBy("i").agg({"s": "no_such"}).collect())
outcome(lambda: df.transpose("nope").collect())
