"""Lines that do not parse, in the three modes."""
from pyspark.sql import SparkSession
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
write("a.json", '{"id": 1, "s": "x"}', "{bad", '{"id": "no"}', "", '{"id": 4}')
show = lambda df: print(df.columns, [tuple(r) for r in df.collect()])
show(spark.read.json(path("a.json")))
show(spark.read.schema("id INT, s STRING").json(path("a.json")))
show(spark.read.schema("id INT, s STRING, _corrupt_record STRING").json(path("a.json")))
show(spark.read.schema("id INT, s STRING").json(path("a.json"), mode="DROPMALFORMED"))
