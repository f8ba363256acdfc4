"""Nulls and ties in the order of a window."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, NULL), (2, 5), (3, 5), (4, 1), (5, NULL) AS t(id, v)").createOrReplaceTempView("t")
spark.sql("""SELECT id, v, rank() OVER (ORDER BY v) AS nf, rank() OVER (ORDER BY v NULLS LAST) AS nl, rank() OVER (ORDER BY v DESC) AS d, count(*) OVER (ORDER BY v) AS peers,
sum(v) OVER (ORDER BY v, id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS after, first_value(v) IGNORE NULLS OVER (ORDER BY id) AS fnn, last_value(v) IGNORE NULLS OVER (ORDER BY id) AS filled,
lag(v, 2, -1) OVER (ORDER BY id) AS lag2, ntile(3) OVER (ORDER BY id) AS third FROM t ORDER BY id""").show()
