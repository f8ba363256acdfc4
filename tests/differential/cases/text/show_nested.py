"""Nested values in tables: structs in maps in arrays, nulls, strings with quotes, decimals, dates."""
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.sql("""SELECT array(map('a', named_struct('x', 1.50, 'y', DATE '2024-01-02')), NULL) AS a, named_struct('s', 'it''s "q"', 'n', NULL, 'arr', array(1.0D, NULL), 'b', X'41') AS b,
  map(named_struct('k', 1), array(true, NULL)) AS c, array(TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 00:00:00.5') AS d, array('', ' ', NULL) AS e, map() AS f, array(array()) AS g""").show(truncate=False)
