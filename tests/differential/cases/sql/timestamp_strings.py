"""The forms of text that a cast to timestamp or date takes."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
texts = ["2024-01-02", "2024-1-2", "2024-01-02 ", "2024-01-02T", "2024-01-02 3:4", "2024-01-02 03:04:05", "2024-01-02T03:04:05Z", "2024-01-02 03:04:05+01", "2024-01-02 03:04:05+01:30", "2024-01-02 03:04:05 UTC", "2024-01-02 03:04:05 Europe/Berlin", "2024-01-02 03:04:05.1", "2024-01-02 03:04:05.123456789", "2024", "2024-13-01", "2024-00-01", "0000-01-01", "10000-01-01", "-0001-01-01", "+2024-01-02", "2024-01-02 24:00:00", "2024-01-02 23:59:60", "epoch", "2024/01/02", "20240102", "x", "", "2024-01-02 03:04:05 GMT+2", "2024-01-02 03:04:05 PST"]
for text in texts:
    print(repr(text), *[str(spark.sql(f"SELECT cast(try_cast(:t AS {kind}) AS STRING)", {"t": text}).first()[0]) for kind in ("TIMESTAMP", "TIMESTAMP_NTZ", "DATE")])
