"""Session variables."""
from outcome import outcome
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("DECLARE VARIABLE v INT DEFAULT 5")
spark.sql("SELECT v, v + 1 AS next").show()
spark.sql("SET VAR v = 10")
spark.sql("SELECT system.session.v").show()
spark.sql("SET VAR v = (SELECT max(id) FROM range(4))")
spark.sql("SELECT v").show()
spark.sql("DROP TEMPORARY VARIABLE v")
outcome(lambda: spark.sql("SELECT v").collect())
