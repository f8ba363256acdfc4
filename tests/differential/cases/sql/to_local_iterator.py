"""toLocalIterator, foreach-like loops, isLocal, inputFiles."""
from pyspark.sql import SparkSession
from scratch import path

spark = SparkSession.builder.getOrCreate()
df = spark.range(10).orderBy("id")
print([r.id for r in df.toLocalIterator()], sum(r.id for r in df.toLocalIterator(prefetchPartitions=True)))
spark.range(3).coalesce(1).write.parquet(path("p"))
files = spark.read.parquet(path("p")).inputFiles()
print(len(files), files[0].startswith("file:///"), df.isStreaming)
