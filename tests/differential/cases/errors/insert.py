"""Inserts that do not fit the table."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE t (a INT, b STRING) USING parquet")
outcome(lambda: spark.sql("INSERT INTO t VALUES (1)"))
outcome(lambda: spark.sql("INSERT INTO t VALUES (1, 'x', 2)"))
outcome(lambda: spark.sql("INSERT INTO t VALUES ('x', 'y')"))
outcome(lambda: spark.sql("INSERT INTO t VALUES (array(1), 'y')"))
outcome(lambda: spark.sql("INSERT INTO t (a, nope) VALUES (1, 'y')"))
outcome(lambda: spark.sql("INSERT INTO t SELECT 3000000000, 'x'"))
outcome(lambda: spark.range(1).write.insertInto("t"))
print(spark.table("t").count())
