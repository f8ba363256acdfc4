"""Types that are guessed for partition directories."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
for value in ("1", "20"):
    write(f"a/v={value}/x.txt", "t")
for value in ("1", "x"):
    write(f"b/v={value}/x.txt", "t")
for value in ("2024-01-01", "2024-01-02"):
    write(f"c/v={value}/x.txt", "t")
for value in ("1.5", "2"):
    write(f"d/v={value}/x.txt", "t")
for value in ("01", "3000000000"):
    write(f"e/v={value}/x.txt", "t")
for value in ("__HIVE_DEFAULT_PARTITION__", "7"):
    write(f"f/v={value}/x.txt", "t")
write("g/v=2024-01-01 10%3A00%3A00/x.txt", "t")
for name in "abcdefg":
    df = spark.read.text(path(name))
    print(name, df.dtypes[1], sorted(str(r.v) for r in df.collect()))
spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", False)
print(spark.read.text(path("a")).dtypes)
