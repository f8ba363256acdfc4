"""distinct and dropDuplicates on batches."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (1, "a"), (1, "b"), (None, "c"), (None, "d")], "id INT, s STRING")
df.distinct().orderBy("id", "s").show()
df.dropDuplicates().orderBy("id", "s").show()
print(sorted(str(r.id) for r in df.dropDuplicates(["id"]).collect()), df.drop_duplicates(["id", "s"]).count())
print(df.select("id").distinct().count())
