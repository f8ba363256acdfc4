"""Names that fit more than one column."""
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from outcome import outcome

spark = SparkSession.builder.getOrCreate()
a = spark.createDataFrame([(1, 2)], "id INT, x INT")
b = spark.createDataFrame([(1, 3)], "id INT, y INT")
joined = a.join(b, a.id == b.id)
outcome(lambda: joined.select("id").collect())
outcome(lambda: joined.select(a.id, b.id).collect())
outcome(lambda: spark.sql("SELECT x FROM VALUES (1) AS a(x), VALUES (2) AS b(x)").collect())
outcome(lambda: spark.createDataFrame([(1, 2)], ["v", "V"]).select("v").collect())
outcome(lambda: spark.sql("WITH t AS (SELECT 1), t AS (SELECT 2) SELECT * FROM t").collect())
