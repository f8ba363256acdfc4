"""VALUES, aliases, inline tables with functions."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("VALUES (1, 'a'), (2, 'b')").show()
spark.sql("SELECT * FROM VALUES (1, 1.5), (2, NULL) AS t(x, y) ORDER BY x").show()
spark.sql("SELECT * FROM VALUES 1, 2, 3 AS t(x) WHERE x > 1 ORDER BY x").show()
spark.sql("SELECT * FROM VALUES (array(1), map('a', 1), struct(1 AS f)) AS t(a, m, s)").printSchema()
spark.sql("SELECT x.* FROM (SELECT 1 AS a, 2 AS b) x").show()
spark.sql("SELECT * EXCEPT (b) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)").show()
spark.sql("FROM VALUES (3), (1) AS t(v) SELECT v ORDER BY v").show()
