"""Appending, refreshing, overwriting a table that is read."""
from pyspark.sql import SparkSession
from outcome import outcome
from scratch import path

spark = SparkSession.builder.getOrCreate()
spark.range(2).write.json(path("p"))
df = spark.read.json(path("p"))
spark.range(2, 4).write.mode("append").json(path("p"))
print(spark.read.json(path("p")).count())
spark.range(2).write.saveAsTable("t")
outcome(lambda: spark.table("t").write.mode("overwrite").saveAsTable("t"), without=["relation"])
outcome(lambda: spark.sql("INSERT OVERWRITE t SELECT * FROM t"), without=["path"])
print(spark.table("t").count())
