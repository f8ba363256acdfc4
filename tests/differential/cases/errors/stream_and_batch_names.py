"""Reading a stream's name as a table when it is gone; tables of other sessions."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.range(2).createOrReplaceTempView("here")
outcome(lambda: spark.sql("SELECT * FROM here h JOIN there t ON h.id = t.id").collect())
outcome(lambda: spark.sql("SELECT here.nope, x.id FROM here").collect())
outcome(lambda: spark.sql("SELECT x.* FROM here").collect())
outcome(lambda: spark.table("").collect())
outcome(lambda: spark.table("a.b.c.d").collect())
