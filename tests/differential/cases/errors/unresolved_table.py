"""Tables and views that are not there."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
outcome(lambda: spark.table("nowhere").collect())
outcome(lambda: spark.sql("SELECT * FROM nowhere").collect())
outcome(lambda: spark.sql("SELECT * FROM db.nowhere").collect())
outcome(lambda: spark.sql("SELECT * FROM cat.db.nowhere").collect())
outcome(lambda: spark.sql("DROP TABLE nowhere"))
outcome(lambda: spark.sql("DROP TABLE IF EXISTS nowhere"))
outcome(lambda: spark.sql("DROP VIEW nowhere"))
outcome(lambda: spark.sql("INSERT INTO nowhere VALUES (1)"))
outcome(lambda: spark.sql("USE nodb"))
outcome(lambda: spark.catalog.setCurrentDatabase("nodb"))
outcome(lambda: spark.table("global_temp.nope").collect())
