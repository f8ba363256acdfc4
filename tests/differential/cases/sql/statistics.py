"""crosstab, freqItems, corr, cov, sampleBy."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", 2.0), (1, "b", 4.0), (2, "a", 5.0), (2, "a", 9.0)], "i INT, s STRING, d DOUBLE")
df.crosstab("i", "s").orderBy("i_s").show()
print(round(df.corr("i", "d"), 6), round(df.cov("i", "d"), 6), round(df.stat.corr("i", "d", "pearson"), 6))
print([sorted(x) for x in df.freqItems(["i", "s"], 0.6).first()])
print(df.stat.approxQuantile(["i", "d"], [0.5], 0.0))
print(df.sampleBy("s", {"a": 1.0}, 1).count())
print(df.sample(1.0).count(), df.sample(0.0, seed=3).count(), df.sample(False, 1.0, 5).count())
