"""UDFs with Arrow."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", [1, 2]), (2, None, None)], "i INT, s STRING, xs ARRAY<INT>")
f = F.udf(lambda i, s: f"{i}{s}", "string", useArrow=True)
g = F.udf(lambda xs: None if xs is None else len(xs), "int", useArrow=True)
df.select(f("i", "s").alias("f"), g("xs").alias("g")).orderBy("f").show()
