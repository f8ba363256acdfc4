"""bool_and, some, every, bit aggregates, count_if."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("SELECT * FROM VALUES ('a', 1, true), ('a', 3, NULL), ('b', 5, false), ('b', 6, true), ('c', NULL, NULL) AS t(k, i, b)").createOrReplaceTempView("t")
spark.sql("SELECT k, bool_and(b), bool_or(b), every(b), some(b), any(b), count_if(i > 2), bit_and(i), bit_or(i), bit_xor(i) FROM t GROUP BY k ORDER BY k").show()
