"""The settings of show: maximum of fields, styles."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.repl.eagerEval.enabled", True)
spark.conf.set("spark.sql.repl.eagerEval.maxNumRows", 2)
spark.conf.set("spark.sql.repl.eagerEval.truncate", 5)
df = spark.createDataFrame([(1, "a long text"), (2, "b"), (3, "c")], "id INT, s STRING").orderBy("id")
print(df)
print(df._repr_html_())
