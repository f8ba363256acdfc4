"""Settings: set, get, unset, SET statements, errors."""
from outcome import outcome
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.shuffle.partitions", 7)
print(spark.conf.get("spark.sql.shuffle.partitions"))
spark.conf.set("my.own", "x")
print(spark.conf.get("my.own"), spark.conf.get("not.there", "default"), spark.conf.get("spark.sql.ansi.enabled"))
spark.conf.unset("my.own")
outcome(lambda: spark.conf.get("my.own"))
print(spark.conf.isModifiable("spark.sql.shuffle.partitions"), spark.conf.isModifiable("spark.sql.warehouse.dir"))
outcome(lambda: spark.conf.set("spark.sql.warehouse.dir", "/x"))
outcome(lambda: spark.conf.set("spark.sql.shuffle.partitions", "many"))
spark.sql("SET spark.sql.shuffle.partitions=3").show(truncate=False)
spark.sql("SET spark.sql.shuffle.partitions").show(truncate=False)
spark.sql("RESET spark.sql.shuffle.partitions")
spark.sql("SET TIME ZONE 'Europe/Berlin'")
print(spark.conf.get("spark.sql.session.timeZone"))
