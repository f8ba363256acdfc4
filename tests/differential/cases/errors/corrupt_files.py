"""Files that are not what they should be."""
from pyspark.sql import SparkSession
from outcome import brief
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("p/a.parquet", "this is no parquet file")
try:
    spark.read.schema("a INT").parquet(path("p")).collect()
except Exception as error:
    print(brief(error))
try:
    spark.read.parquet(path("p")).collect()
except Exception as error:
    print(brief(error))
spark.conf.set("spark.sql.files.ignoreCorruptFiles", True)
print(spark.read.schema("a INT").parquet(path("p")).collect())
