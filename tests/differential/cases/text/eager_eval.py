"""repr of a DataFrame with eager evaluation on."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.repl.eagerEval.enabled", True)
df = spark.createDataFrame([(1, "a<b"), (2, None)], "id INT, s STRING").orderBy("id")
print(repr(df))
print(df._repr_html_())
