"""Functions defined in SQL: defaults, names, subqueries, tables, nesting, permanent ones."""

from outcome import outcome
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def rows(text):
    frame = spark.sql(text)
    print(frame.columns, [tuple(row) for row in frame.collect()])


spark.sql("CREATE TEMPORARY FUNCTION plus(a INT, b INT DEFAULT 10) RETURNS INT RETURN a + b")
rows("SELECT plus(1), plus(1, 2), plus(b => 1, a => 2)")
rows("SELECT sum(plus(CAST(id AS INT))) AS s FROM range(3)")
rows("SELECT plus(CAST(sum(id) AS INT), 1) AS s FROM range(3)")
spark.sql("CREATE TEMPORARY FUNCTION below(n INT) RETURNS BIGINT RETURN (SELECT count(*) FROM range(10) WHERE id < n)")
rows("SELECT below(3)")
spark.sql("CREATE TEMPORARY FUNCTION above(n INT) RETURNS BIGINT RETURN SELECT count(*) FROM range(10) WHERE id > n")
rows("SELECT above(3)")
spark.sql("CREATE TEMPORARY FUNCTION upto(n INT) RETURNS TABLE (i BIGINT) RETURN SELECT id FROM range(5) WHERE id < n")
rows("SELECT t.i FROM upto(2) AS t ORDER BY i")
spark.sql("CREATE TEMPORARY FUNCTION next(a INT) RETURN a + 1")
spark.sql("CREATE TEMPORARY FUNCTION twice(a INT) RETURNS INT RETURN next(next(a))")
rows("SELECT twice(5)")
spark.sql("CREATE OR REPLACE TEMPORARY FUNCTION next(a INT) RETURN a + 100")
rows("SELECT next(5)")
outcome(lambda: spark.sql("SELECT plus(1, 2, 3)").collect())
outcome(lambda: spark.sql("SELECT plus('x')").collect())
outcome(lambda: spark.sql("SELECT upto(3)").collect())
outcome(lambda: spark.sql("SELECT * FROM plus(3)").collect())
outcome(lambda: spark.sql("DROP TEMPORARY FUNCTION nope"))
spark.sql("DROP TEMPORARY FUNCTION IF EXISTS nope")
spark.sql("CREATE FUNCTION kept(a INT) RETURNS INT RETURN a * 2")
rows("SELECT spark_catalog.default.kept(4) AS x")
spark.sql("DROP FUNCTION kept")
