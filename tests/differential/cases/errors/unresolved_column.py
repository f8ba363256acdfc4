"""Columns that are not there: suggestions, in select, filter, order, group, SQL."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
df = spark.createDataFrame([(1, "a")], "name INT, age STRING")
df.createOrReplaceTempView("people")
outcome(lambda: df.select("nam").collect())
outcome(lambda: df.where("agee > 1").collect())
outcome(lambda: df.orderBy("nothing_like_it").collect())
outcome(lambda: df.groupBy("x").count().collect())
outcome(lambda: df.select(F.col("p.name")).collect())
outcome(lambda: spark.sql("SELECT nmae FROM people").collect())
outcome(lambda: spark.sql("SELECT people.x FROM people").collect())
outcome(lambda: spark.sql("SELECT x").collect())
outcome(lambda: df.select(F.col("age.inner")).collect())
