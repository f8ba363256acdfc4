"""Statistics functions with columns that do not fit."""
# connect
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a")], "i INT, s STRING")
outcome(lambda: df.corr("i", "s"))
outcome(lambda: df.cov("i", "nope"))
outcome(lambda: df.approxQuantile("s", [0.5], 0.1))
outcome(lambda: df.approxQuantile("i", [2.0], 0.1))
outcome(lambda: df.crosstab("i", "nope").collect())
outcome(lambda: df.describe("nope").collect())
outcome(lambda: df.summary("most").collect())
outcome(lambda: df.fillna({"nope": 1}).collect())
outcome(lambda: df.dropna(subset=["nope"]).collect())
outcome(lambda: df.replace(1, "x").collect())
outcome(lambda: df.dropDuplicates(["nope"]).collect())
outcome(lambda: df.withColumnsRenamed({"i": "s"}).select("s").collect())
outcome(lambda: df.toDF("one").collect())
outcome(lambda: df.repartition(0).count())
outcome(lambda: df.sample(1.5).count())
