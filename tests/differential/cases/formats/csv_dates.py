"""Date and timestamp patterns in CSV."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
show = lambda df: print([tuple(map(str, r)) for r in df.collect()])
write("a.csv", "02.01.2024,2/1/2024 3:04 PM", "bad,bad")
show(spark.read.schema("d DATE, t TIMESTAMP").csv(path("a.csv"), dateFormat="dd.MM.yyyy", timestampFormat="d/M/yyyy h:mm a"))
write("b.csv", "2024-01-02,2024-01-02T03:04:05.123Z,2024-01-02 03:04:05", "2024-1-2,2024-01-02,2024-01-02T03:04:05+02:00")
show(spark.read.schema("d DATE, t TIMESTAMP, n TIMESTAMP").csv(path("b.csv")))
show(spark.read.schema("d DATE, t TIMESTAMP_NTZ, n TIMESTAMP_NTZ").csv(path("b.csv")))
print(spark.read.csv(path("b.csv"), inferSchema=True).dtypes)
print(spark.read.csv(path("a.csv"), inferSchema=True, timestampFormat="d/M/yyyy h:mm a").dtypes)
