"""Global temporary views."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.range(3).createGlobalTempView("g")
print(spark.table("global_temp.g").count(), spark.sql("SELECT max(id) FROM global_temp.g").first()[0])
outcome(lambda: spark.range(3).createGlobalTempView("g"))
spark.range(5).createOrReplaceGlobalTempView("g")
print(spark.table("global_temp.g").count())
outcome(lambda: spark.table("g").collect())
print(spark.catalog.dropGlobalTempView("g"), spark.catalog.dropGlobalTempView("g"))
