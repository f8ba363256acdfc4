"""Stars: qualified, except, struct, in count and functions."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES (1, 'a', named_struct('p', 1, 'q', 2)), (2, NULL, NULL) AS t(id, s, st)").createOrReplaceTempView("t")
for text in ("SELECT t.*, 1 AS x FROM t ORDER BY id", "SELECT * EXCEPT (st) FROM t ORDER BY id", "SELECT st.* FROM t ORDER BY p", "SELECT count(*) FROM t", "SELECT a.*, b.id FROM t a JOIN t b ON a.id = b.id ORDER BY a.id", "SELECT struct(*) AS whole FROM t ORDER BY whole", "SELECT coalesce(id, 5), * FROM t ORDER BY id", "SELECT array(id, *) FROM (SELECT 1 AS id, 2 AS y)", "SELECT * EXCEPT (st.p) FROM t ORDER BY id"):
    print(text)
    spark.sql(text).show()
