"""Writing no rows and no partitions, and reading that again."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
empty = spark.createDataFrame([], "id INT, s STRING")
for kind in ("parquet", "json", "csv", "orc"):
    empty.write.format(kind).save(path(kind))
    names = [f.split("-")[0] for f in files(kind)]
    print(kind, sorted(set(names)), spark.read.schema("id INT, s STRING").format(kind).load(path(kind)).count())
print(spark.read.parquet(path("parquet")).dtypes)
empty.write.partitionBy("s").parquet(path("parts"))
print(files("parts"))
