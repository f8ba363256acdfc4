"""Outer joins that would need the whole stream are refused."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path, write

spark = SparkSession.builder.getOrCreate()
names = spark.createDataFrame([(1, "one")], "id INT, name STRING")
write("in/a.csv", "1,10")
df = spark.readStream.schema("id INT, v INT").csv(path("in"))
for joined in (df.join(names, "id", "right"), names.join(df, "id", "left"), df.join(names, "id", "full"), names.join(df, "id", "left_semi"), names.join(df, "id", "left_anti")):
    outcome(lambda: joined.writeStream.format("noop").start(), without=["plan"])
