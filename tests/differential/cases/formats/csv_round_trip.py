"""Several partitions, compressed, read again."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.range(0, 10, 1, 3).selectExpr("id", "concat('row ', id) AS s")
df.write.option("header", True).option("compression", "gzip").csv(path("out"))
print(files("out"))
back = spark.read.option("header", True).option("inferSchema", True).csv(path("out"))
print(back.dtypes, back.count(), back.orderBy("id").first())
spark.range(0).write.csv(path("empty"), header=True)
print(files("empty"))
spark.range(4).repartition(100).write.mode("overwrite").csv(path("many"))
print(len([f for f in files("many") if f.startswith("part-")]) <= 100, spark.read.csv(path("many")).count())
