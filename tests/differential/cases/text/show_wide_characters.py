"""Wide, combining and odd characters in tables."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([("\u4f60\u597d", "a"), ("\u3053\u3093\u306b\u3061\u306f\u4e16\u754c", "bb"), ("caf\u00e9", "c"), ("\uff21\uff22", "d"), ("\ud55c\uad6d\uc5b4", "e")], ["\u8a00\u8449", "k"])
df.orderBy("k").show()
df.orderBy("k").show(truncate=4)
df.orderBy("k").show(vertical=True)
