"""maxRecordsPerFile splits the output."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
spark.range(10).coalesce(1).write.option("maxRecordsPerFile", 4).json(path("out"))
names = [f for f in files("out") if f.startswith("part-")]
print(names, [len(open(path("out", f)).readlines()) for f in names])
