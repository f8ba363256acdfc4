"""UDFs registered for SQL."""
# connect
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
spark.udf.register("plus_one", lambda i: i + 1, "int")
shout = spark.udf.register("shout", F.udf(lambda s: s.upper() + "!"))
spark.sql("SELECT plus_one(41) AS a, shout('hi') AS b, PLUS_ONE(1) AS c").show()
spark.range(3).selectExpr("plus_one(cast(id AS INT)) AS p").where("p > 1").orderBy("p").show()
spark.range(1).select(shout(F.lit("x")), F.call_udf("plus_one", F.lit(5)), F.call_function("shout", F.lit("q"))).show()
print(spark.catalog.functionExists("plus_one"))
outcome(lambda: spark.sql("SELECT plus_two(1)").collect())
