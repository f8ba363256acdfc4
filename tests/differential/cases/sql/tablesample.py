"""TABLESAMPLE by rows and percent."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(100).createOrReplaceTempView("t")
print(spark.sql("SELECT * FROM t TABLESAMPLE (5 ROWS)").count(), spark.sql("SELECT * FROM t TABLESAMPLE (100 PERCENT)").count(), spark.sql("SELECT * FROM t TABLESAMPLE (0 PERCENT)").count(), 0 < spark.sql("SELECT * FROM t TABLESAMPLE (50 PERCENT) REPEATABLE (3)").count() < 100)
