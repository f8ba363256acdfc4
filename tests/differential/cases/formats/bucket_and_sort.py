"""sortBy needs bucketBy; writing sorted within partitions."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(3,), (1,), (2,)], ["id"])
df.coalesce(1).sortWithinPartitions("id").write.json(path("out"))
print([open(path("out", f)).read() for f in files("out") if f.startswith("part-")])
outcome(lambda: df.write.sortBy("id").saveAsTable("t"))
outcome(lambda: df.write.bucketBy(2, "id").parquet(path("b")))
