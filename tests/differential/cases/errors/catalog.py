"""Creating what exists, dropping what does not."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE t (a INT) USING parquet")
outcome(lambda: spark.sql("CREATE TABLE t (a INT) USING parquet"))
outcome(lambda: spark.range(1).write.saveAsTable("t"))
outcome(lambda: spark.sql("CREATE VIEW t AS SELECT 1"))
outcome(lambda: spark.sql("CREATE DATABASE default"))
outcome(lambda: spark.sql("DROP DATABASE nope"))
spark.range(1).createTempView("v")
outcome(lambda: spark.range(1).createTempView("v"))
outcome(lambda: spark.range(1).createTempView("bad name"))
outcome(lambda: spark.sql("DROP TABLE v"))
outcome(lambda: spark.sql("INSERT INTO v VALUES (1)"))
outcome(lambda: spark.sql("CREATE TABLE u (a INT, A INT) USING parquet"))
outcome(lambda: spark.sql("CREATE TABLE u (a INT) USING nope"))
