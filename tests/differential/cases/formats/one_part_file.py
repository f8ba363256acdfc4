"""How many files a write gives: as many as there are partitions with rows."""

import glob
import tempfile

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
with tempfile.TemporaryDirectory() as d:
    for name, df in [
        ("coalesce", spark.range(100).repartition(8).coalesce(1)),
        ("repartition", spark.range(100).repartition(7)),
        ("by column", spark.range(100).repartition(5, "id")),
        ("limit", spark.range(100).repartition(8).limit(3)),
    ]:
        df.write.mode("overwrite").parquet(f"{d}/x")
        df.write.mode("overwrite").csv(f"{d}/y")
        print(name, len(glob.glob(f"{d}/x/part-*.parquet")), len(glob.glob(f"{d}/y/part-*.csv")))
