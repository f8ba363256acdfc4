"""show with its arguments."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a long text that goes on and on"), (2, None), (3, "short")], "id INT, words STRING").orderBy("id")
df.show()
df.show(2)
df.show(2, False)
df.show(n=3, truncate=8)
df.show(truncate=2)
df.show(0)
df.show(vertical=True)
df.show(1, vertical=True, truncate=False)
df.limit(0).show()
df.limit(0).show(vertical=True)
outcome(lambda: df.show("many"))
outcome(lambda: df.show(truncate="much"))
