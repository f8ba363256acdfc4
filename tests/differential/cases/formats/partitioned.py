"""partitionBy: directories, types of the columns found, pruning, odd values."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a", 2024), (2, "b/c", 2024), (3, None, 2025), (4, "", 2025), (5, "é x", 2025)], "id INT, k STRING, y INT").coalesce(1)
df.write.partitionBy("y", "k").parquet(path("p"))
print(sorted({f.rsplit("/", 1)[0] for f in files("p") if "/" in f}))
back = spark.read.parquet(path("p"))
back.printSchema()
back.orderBy("id").show()
print(back.where("y = 2024").count(), back.where("k = 'a'").count(), back.where("k IS NULL").count())
print(spark.read.parquet(path("p/y=2024")).columns, spark.read.option("basePath", path("p")).parquet(path("p/y=2024")).columns)
