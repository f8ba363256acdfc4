"""Compression codecs and the names of the files."""
from pyspark.sql import SparkSession
from scratch import files, path

spark = SparkSession.builder.getOrCreate()
df = spark.range(3).coalesce(1)
for kind, codec in (("json", "gzip"), ("json", "bzip2"), ("json", "none"), ("csv", "deflate"), ("parquet", "none"), ("parquet", "gzip"), ("parquet", "zstd"), ("parquet", "snappy")):
    name = f"{kind}_{codec}"
    df.write.format(kind).option("compression", codec).save(path(name))
    back = spark.read.format(kind).schema("id LONG").load(path(name))
    print(name, [f for f in files(name) if f.startswith("part-")], sorted(r.id for r in back.collect()))
