"""Which results may be null, by Spark's rules."""
# connect
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
df = spark.sql("""SELECT id, id + 1 AS plus, cast(id AS STRING) AS s, 1 AS one, NULL AS n, coalesce(NULL, 1) AS c, if(id > 0, 1, NULL) AS i, array(1) AS a, array(id, NULL) AS an, map('a', id) AS m, named_struct('x', id, 'y', NULL) AS st,
  CASE WHEN id > 0 THEN 1 ELSE 2 END AS ca, CASE WHEN id > 0 THEN 1 END AS cn, concat('a', 'b') AS co, upper('x') AS u, id / 2 AS q, current_date() AS d, id IS NULL AS isn, id = 1 AS eq, element_at(array(1), 1) AS e, nvl(id, 0) AS nv, substring('abc', 1, 1) AS su, size(array(1)) AS sz, rand(1) AS r FROM range(1)""")
df.printSchema()
df.groupBy("id").agg({"plus": "sum", "one": "count"}).printSchema()
spark.sql("SELECT a.id, b.id AS b FROM range(1) a LEFT JOIN range(1) b ON a.id = b.id").printSchema()
