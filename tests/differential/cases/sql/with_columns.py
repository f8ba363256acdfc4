"""withColumn, withColumns, renames, drops."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a"), (2, "b")], "id INT, s STRING")
df.withColumn("id", F.col("id") * 10).withColumn("n", F.length("s")).show()
df.withColumns({"x": F.col("id") + 1, "S": F.upper("s")}).show()
df.withColumnRenamed("id", "key").withColumnRenamed("nope", "x").show()
df.withColumnsRenamed({"id": "a", "s": "b"}).show()
df.drop("s").show()
df.drop("nope", "id").show()
df.drop(df.id).show()
df.toDF("x", "y").show()
df.withMetadata("id", {"unit": "m"}).schema["id"].metadata.items()
print(df.withMetadata("id", {"unit": "m"}).schema["id"].metadata)
