"""Functions defined in SQL."""
from pyspark.sql import SparkSession
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.sql("CREATE TEMPORARY FUNCTION area(w DOUBLE, h DOUBLE) RETURNS DOUBLE RETURN w * h")
spark.sql("SELECT area(2, 3.5) AS a").show()
spark.sql("CREATE TEMPORARY FUNCTION upto(n INT) RETURNS TABLE (i BIGINT) RETURN SELECT id + n FROM range(3)")
spark.sql("SELECT * FROM upto(3) ORDER BY i").show()
outcome(lambda: spark.sql("SELECT area(1)").collect())
spark.sql("DROP TEMPORARY FUNCTION area")
outcome(lambda: spark.sql("SELECT area(1, 2)").collect(), without=["searchPath"])
