"""unpivot, melt and UNPIVOT."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, 11, 1.1), (2, None, 2.2)], "id INT, a INT, b DOUBLE")
df.unpivot("id", ["a", "b"], "name", "value").orderBy("id", "name").show()
df.melt(["id"], ["a"], "name", "value").orderBy("id").show()
df.unpivot("id", None, "name", "value").orderBy("id", "name").show()
df.createOrReplaceTempView("t")
spark.sql("SELECT * FROM t UNPIVOT (value FOR name IN (a, b AS bee)) ORDER BY id, name").show()
spark.sql("SELECT * FROM t UNPIVOT INCLUDE NULLS (value FOR name IN (a, b)) ORDER BY id, name").show()
