"""The session builder: the same session again, settings, stopping and starting anew."""
# isolated
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
again = SparkSession.builder.config("spark.sql.shuffle.partitions", "9").config("my.setting", "x").getOrCreate()
print(spark.conf.get("spark.sql.shuffle.partitions"), spark.conf.get("my.setting"), again.range(3).count())
spark.range(2).createOrReplaceTempView("v")
print(again.table("v").count(), SparkSession.getActiveSession() is not None)
spark.stop()
new = SparkSession.builder.appName("new").getOrCreate()
print(new.catalog.tableExists("v"), new.range(4).count(), new.version.startswith("4."))
new.stop()
new.stop()
