"""CHAR and VARCHAR columns of tables."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TABLE t (c CHAR(5), v VARCHAR(3)) USING parquet")
spark.sql("INSERT INTO t VALUES ('ab', 'xyz')")
print(spark.table("t").collect(), spark.sql("SELECT length(c), length(v) FROM t").first(), spark.table("t").dtypes)
outcome(lambda: spark.sql("INSERT INTO t VALUES ('ab', 'too long')"))
print(spark.sql("SELECT count(*) FROM t WHERE c = 'ab'").first()[0])
