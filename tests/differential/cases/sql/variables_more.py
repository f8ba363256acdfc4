"""Session variables: types, defaults, several at once, names in the way, refusals."""

from outcome import outcome
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()


def rows(text):
    frame = spark.sql(text)
    print(frame.columns, [tuple(row) for row in frame.collect()])


spark.sql("DECLARE VARIABLE a INT DEFAULT 5")
outcome(lambda: spark.sql("DECLARE a INT"))
spark.sql("DECLARE OR REPLACE a DOUBLE = 1")
rows("SELECT a, session.a, system.session.a")
spark.sql("DECLARE b STRING")
rows("SELECT b")
spark.sql("SET VAR (a, b) = (SELECT 7, 'x')")
rows("SELECT a, b")
spark.sql("SET VAR a = DEFAULT, b = 'y'")
rows("SELECT a, b")
spark.sql("SET VAR (a, b) = (SELECT id, 'z' FROM range(0))")
rows("SELECT a, b")
spark.sql("DECLARE c = 1 + 1")
rows("SELECT c FROM VALUES (99) AS t(c)")
rows("SELECT id FROM range(5) WHERE id > c")
rows("SELECT (SELECT max(id) + c FROM range(3)) AS m")
outcome(lambda: spark.sql("SET VAR (a, b) = (SELECT 7)"))
outcome(lambda: spark.sql("SET VAR (a, b) = (SELECT id, 'z' FROM range(3))"))
outcome(lambda: spark.sql("SET VAR nope = 1"))
outcome(lambda: spark.sql("SET VAR a = 1, a = 2"))
outcome(lambda: spark.sql("SET VAR a = 'text'"))
spark.sql("DROP TEMPORARY VARIABLE a")
outcome(lambda: spark.sql("DROP TEMPORARY VARIABLE a"))
spark.sql("DROP TEMPORARY VARIABLE IF EXISTS a")
