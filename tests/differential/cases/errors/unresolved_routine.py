"""Functions that are not there."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
outcome(lambda: spark.sql("SELECT no_such(1)").collect())
outcome(lambda: spark.range(1).select(F.call_function("no_such", "id")).collect())
outcome(lambda: spark.range(1).selectExpr("db.no_such(id)").collect())
outcome(lambda: spark.sql("SELECT * FROM no_such_table_function(1)").collect(), without=["searchPath"])
